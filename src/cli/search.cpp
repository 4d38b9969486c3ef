#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "image/search_job.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using image::registry::SearchResult;

constexpr std::size_t kDescriptionColumns = 44;
constexpr std::uint64_t kResultLimit = 1000;

struct SearchCall {
    std::string term, format;
    std::vector<std::string> filters;
    std::optional<std::uint64_t> limit;
    bool compatible = false, list_tags = false, in_full = false;
    RegistryFlags registry;
};

/// stars=N, is-official=BOOL, is-automated=BOOL: all must hold.
class SearchFilter {
public:
    explicit SearchFilter(const std::vector<std::string>& words) {
        for (const auto& word : words) {
            const auto pair = split_once(word, '=');
            add(pair ? pair->first : word, pair ? pair->second : "true");
        }
    }
    bool matches(const SearchResult& result) const {
        return result.stars >= stars_ && (!official_ || result.official == *official_) && (!automated_ || result.automated == *automated_);
    }

private:
    void add(const std::string& key, const std::string& value) {
        const bool yes = value == "true", no = value == "false";
        const auto number = parse_uint(value);
        if (key == "stars" && number) stars_ = static_cast<long>(*number);
        else if (key == "is-official" && (yes || no)) official_ = yes;
        else if (key == "is-automated" && (yes || no)) automated_ = yes;
        else throw Error{ErrorKind::Invalid, concat("filter ", quote(concat(key, "=", value)), " is not known"), "stars=N, is-official=true or is-automated=true"};
    }

    long stars_ = 0;
    std::optional<bool> official_, automated_;
};

OrderedJson search_row(const SearchResult& result, bool in_full) {
    auto description = result.description;
    for (auto& c : description)
        if (c == '\n' || c == '\t') c = ' ';
    if (!in_full && description.size() > kDescriptionColumns) description = concat(description.substr(0, kDescriptionColumns), "...");
    return {{"Index", result.index},       {"Name", result.name},
            {"Description", description},  {"Stars", result.stars},
            {"Official", result.official ? "[OK]" : ""}, {"Automated", result.automated ? "[OK]" : ""},
            {"Tag", result.tag}};
}

/// As podman shows them: the repository once, with all its tags.
OrderedJson tags_row(const std::vector<OrderedJson>& rows) {
    OrderedJson tags = OrderedJson::array();
    for (const auto& row : rows) tags.push_back(row.at("Tag"));
    return {{"Name", rows.empty() ? "" : rows.front().at("Name")}, {"Tags", std::move(tags)}};
}

const char* columns_of(const SearchCall& call) {
    if (call.list_tags) return "{{.Name}}\t{{.Tag}}";
    return call.compatible ? "{{.Name}}\t{{.Description}}\t{{.Stars}}\t{{.Official}}\t{{.Automated}}" : "{{.Name}}\t{{.Description}}";
}

int search(const SearchCall& call, const Environment& environment) {
    if (call.list_tags && !call.filters.empty()) throw Error{ErrorKind::Invalid, "--list-tags and --filter exclude each other"};
    const SearchFilter filter{call.filters};
    image::registry::SearchRequest request{call.term, static_cast<std::size_t>(call.limit.value_or(25)), call.list_tags, registry_options(call.registry, environment)};
    if (request.limit == 0 || request.limit > kResultLimit) throw Error{ErrorKind::Invalid, concat("--limit: a number from 1 to ", kResultLimit, " is wanted")};
    Listing listing{.name = "search", .default_template = columns_of(call), .headers = {}, .rows = {}, .methods = {}};
    for (const auto& result : image::run_search(request))
        if (filter.matches(result)) listing.rows.push_back(search_row(result, call.in_full));
    if (listing.rows.empty() && call.format.empty()) return 0;
    if (call.list_tags && call.format == "json") listing.rows = {tags_row(listing.rows)};
    print_listing(listing, {.format = call.format, .no_heading = false, .json_indent = 4});
    return 0;
}

}  // namespace

void define_search(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<SearchCall>();
    add_argument(command, "TERM", call->term);
    add_string(command, "--authfile", call->registry.authfile, "FILE", "Read credentials from this file");
    add_string(command, "--cert-dir", call->registry.cert_dir, "DIR", "Read certificates of the registry from this directory");
    add_flag(command, "--compatible", call->compatible, "Show stars and marks as well");
    add_string(command, "--creds", call->registry.creds, "USER[:PASSWORD]", "Credentials for the registry");
    add_list(command, "-f,--filter", call->filters, "KEY=VALUE", "Results that match");
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_uint(command, "--limit", call->limit, "N", "Results of each registry (default 25)");
    add_flag(command, "--list-tags", call->list_tags, "The tags of a repository");
    add_flag(command, "--no-trunc", call->in_full, "Whole descriptions");
    add_flag(command, "--tls-verify", call->registry.tls_verify, "Require TLS with a valid certificate (default true)");
    add_retry_flags(command, call->registry);
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [call, &invocation] { return search(*call, invocation.environment); };
}

}  // namespace skiff::cli
