#include "image/registry/search.h"

#include "image/registry/api.h"
#include "image/registry/remote_image.h"
#include "image/registry/session.h"
#include "image/registry/status.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kAnswerLimitBytes = 16U << 20;
constexpr int kCatalogPageLimit = 1000;
constexpr const char* kDockerHub = "docker.io";

Endpoint search_endpoint(const RegistriesConf& conf, const std::string& host, const std::string& repository) {
    auto endpoint = endpoints_for(conf, {host, repository.empty() ? "search" : repository, "latest", {}}).back();
    if (repository.empty()) endpoint.repository.clear();
    return endpoint;
}

/// One GET whose answer is JSON; nullopt for an answer that is no success.
std::optional<Json> get_json(Connection& connection, const std::string& target, const std::string& scope, HttpResponse* head = nullptr) {
    Connection::Call call;
    call.target = target;
    call.scope = scope;
    std::string text;
    const auto response = connection.send(call, [&](std::string_view bytes) {
        if (text.size() + bytes.size() > kAnswerLimitBytes) throw Error{ErrorKind::Corrupt, concat("an answer of more than ", kAnswerLimitBytes, " bytes")};
        text.append(bytes);
    });
    if (head != nullptr) *head = response;
    if (response.status < 200 || response.status >= 300) return std::nullopt;
    return parse_json(text, "the registry's answer");
}

std::string shown_name(const std::string& host, const std::string& name) {
    const bool bare = host == kDockerHub && name.find('/') == std::string::npos;
    return concat(host, "/", bare ? "library/" : "", name);
}

/// Version 1; nullopt when the registry does not have it.
std::optional<std::vector<SearchResult>> search_by_words(Connection& connection, const std::string& host, const std::string& words, std::size_t limit) {
    const auto* place = host == kDockerHub ? "https://index.docker.io" : "";
    std::optional<Json> answer;
    try {
        answer = get_json(connection, concat(place, "/v1/search?q=", percent_encoded(words), "&n=", limit), "");
    } catch (const HttpError&) {
        throw;
    } catch (const Error& error) {
        log::debug(concat("no search of version 1 at ", host, ": ", error.what()));
    }
    const Json* list = answer ? member(*answer, "results") : nullptr;
    if (list == nullptr || !list->is_array()) return std::nullopt;
    std::vector<SearchResult> results;
    for (const auto& one : *list) {
        if (results.size() == limit) break;
        results.push_back({host, shown_name(host, string_or(one, "name")), string_or(one, "description"), static_cast<long>(int_or(one, "star_count")),
                           bool_or(one, "is_official"), bool_or(one, "is_automated"), {}});
    }
    return results;
}

std::string next_page(const HttpResponse& response) {
    const auto link = response.header("link");
    const auto end = link.find('>');
    return link.starts_with('<') && end != std::string::npos && link.find("next", end) != std::string::npos ? link.substr(1, end - 1) : std::string{};
}

std::vector<SearchResult> search_catalog(Connection& connection, const std::string& host, const std::string& words, std::size_t limit) {
    std::vector<SearchResult> results;
    std::string target = "/v2/_catalog?n=1000";
    for (int page = 0; page < kCatalogPageLimit && !target.empty() && results.size() < limit; ++page) {
        HttpResponse head;
        const auto answer = get_json(connection, target, "registry:catalog:*", &head);
        if (!answer) require_success(head, "the catalog");
        for (const auto& name : strings_or_empty(*answer, "repositories"))
            if (results.size() < limit && name.find(words) != std::string::npos) results.push_back({host, shown_name(host, name), {}, 0, false, false, {}});
        const auto next = next_page(head);
        if (next.empty()) break;
        const auto url = resolve_location(resolve_location(connection.base(), target), next);
        if (!same_origin(url, connection.base())) throw Error{ErrorKind::Corrupt, concat("the catalog continues at another host: ", quote(url.authority()))};
        target = url.text();
    }
    return results;
}

std::vector<SearchResult> tags_of(Connection& connection, const std::string& host, const std::string& repository, std::size_t limit) {
    std::vector<SearchResult> results;
    for (const auto& tag : list_tags(connection)) {
        if (results.size() == limit) break;
        results.push_back({host, concat(host, "/", repository), {}, 0, false, false, tag});
    }
    return results;
}

std::vector<SearchResult> search_one(const RegistriesConf& conf, const std::string& host, const std::string& words, const SearchRequest& request) {
    return in_context(host, [&] {
        Session session{search_endpoint(conf, host, request.list_tags ? words : std::string{}), request.options};
        Connection connection{session};
        std::vector<SearchResult> results;
        with_retries(request.options, {}, [&] {
            if (request.list_tags) {
                results = tags_of(connection, host, words, request.limit);
                return;
            }
            const auto by_words = search_by_words(connection, host, words, request.limit);
            results = by_words ? *by_words : search_catalog(connection, host, words, request.limit);
        });
        return results;
    });
}

struct Target {
    std::vector<std::string> hosts;
    std::string words;
};

Target target_of(const RegistriesConf& conf, const std::string& term) {
    const auto slash = term.find('/');
    const auto first = term.substr(0, slash);
    if (slash != std::string::npos && (first.find_first_of(".:") != std::string::npos || first == "localhost")) return {{first}, term.substr(slash + 1)};
    if (conf.search.empty())
        throw Error{ErrorKind::NotFound, concat("searching for ", quote(term), ": no registry is named"),
                    concat("name one in front of a slash, or unqualified-search-registries in ", conf.main_file.native())};
    return {conf.search, term};
}

/// A tag or digest says nothing where tags are asked for.
std::string repository_in(const std::string& host, const std::string& words) {
    const auto reference = normalize_reference(concat(host, "/", words), Default::DockerHub);
    return reference.path;
}

}  // namespace

std::vector<SearchResult> search(const SearchRequest& request) {
    const auto conf = registries_conf(request.options);
    const auto target = target_of(conf, request.term);
    std::vector<SearchResult> results;
    std::optional<Error> failure;
    bool answered = false;
    for (const auto& host : target.hosts) {
        try {
            auto found = search_one(conf, host, request.list_tags ? repository_in(host, target.words) : target.words, request);
            results.insert(results.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
            answered = true;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Cancelled) throw;
            failure.emplace(error);
        }
    }
    if (failure && !answered) throw *failure;
    return results;
}

}  // namespace skiff::image::registry
