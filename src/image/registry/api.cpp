#include "image/registry/api.h"

#include <algorithm>

#include "image/registry/status.h"
#include "util/json.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kTagsLimitBytes = 16U << 20;
constexpr std::size_t kTagCountLimit = 100'000;
constexpr int kTagPageLimit = 1000;

const std::string kAccept = concat("Accept: ", media::kOciIndex, ", ", media::kDockerList, ", ", media::kOciManifest, ", ", media::kDockerManifest,
                                   ", application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1");

std::string target(const Connection& connection, std::string_view what, std::string_view reference) {
    return concat("/v2/", connection.session().endpoint().repository, "/", what, "/", reference);
}

Connection::Call reading(const Connection& connection, std::string method, std::string_view what, std::string_view reference) {
    Connection::Call call;
    call.method = std::move(method);
    call.target = target(connection, what, reference);
    call.scope = pull_scope(connection.session().endpoint().repository);
    return call;
}

/// A sink that fills `into` and refuses more than `limit_bytes`.
HttpClient::BodySink bounded(std::string& into, std::size_t limit_bytes, std::string_view what) {
    return [&into, limit_bytes, what = std::string{what}](std::string_view bytes) {
        if (into.size() + bytes.size() > limit_bytes) throw Error{ErrorKind::Corrupt, concat(what, ": more than ", limit_bytes, " bytes")};
        into.append(bytes);
    };
}

std::string media_type_of(const HttpResponse& response) {
    const auto header = response.header("content-type");
    const auto type = lower(trim(header.substr(0, header.find(';'))));
    const bool useful = type == media::kOciIndex || type == media::kDockerList || type == media::kOciManifest || type == media::kDockerManifest;
    return useful ? type : std::string{};
}

Digest digest_with(std::string_view algorithm, std::string_view content) {
    Hasher hasher{algorithm};
    hasher.update(content);
    return Digest::parse(concat(algorithm, ":", hasher.finish_hex()));
}

void require_digest(const Digest& expected, std::string_view content, std::string_view who) {
    const auto actual = digest_with(expected.algorithm(), content);
    if (actual != expected) throw Error{ErrorKind::Corrupt, concat("manifest has digest ", actual.text(), ", ", who, " ", expected.text())};
}

/// The target of 'Link: <…>; rel="next"'; empty: none.
std::string next_link(const HttpResponse& response) {
    const auto link = response.header("link");
    const auto end = link.find('>');
    const bool next = link.starts_with('<') && end != std::string::npos && link.find("next", end) != std::string::npos;
    return next ? link.substr(1, end - 1) : std::string{};
}

bool continues_at(const HttpResponse& head, std::uint64_t offset) {
    return head.status == 206 && head.header("content-range").starts_with(concat("bytes ", offset, "-"));
}

}  // namespace

std::string pull_scope(std::string_view repository) { return concat("repository:", repository, ":pull"); }

FetchedManifest get_manifest(Connection& connection, std::string_view reference) {
    auto call = reading(connection, "GET", "manifests", reference);
    call.headers = {kAccept};
    std::string text;
    const auto response = connection.send(call, bounded(text, kManifestLimitBytes, "manifest"));
    require_success(response, concat("manifest ", reference));
    if (const auto asked = Digest::try_parse(reference)) require_digest(*asked, text, "asked for was");
    if (const auto promised = Digest::try_parse(response.header("docker-content-digest"))) require_digest(*promised, text, "the registry promised");
    return {text, media_type_of(response), Digest::of(text)};
}

std::optional<Digest> head_manifest(Connection& connection, std::string_view reference) {
    auto call = reading(connection, "HEAD", "manifests", reference);
    call.headers = {kAccept};
    const auto response = connection.head(call);
    if (response.status == 405 || response.status == 501) return std::nullopt;  // no HEAD there: the GET that follows tells
    require_success(response, concat("manifest ", reference));
    return Digest::try_parse(response.header("docker-content-digest"));
}

std::string get_blob(Connection& connection, const Descriptor& blob, std::size_t limit_bytes) {
    if (blob.size > limit_bytes) throw Error{ErrorKind::Corrupt, concat("blob ", blob.digest.text(), ": ", blob.size, " bytes are too many here")};
    std::string content;
    const auto response = connection.send(reading(connection, "GET", "blobs", blob.digest.text()), bounded(content, blob.size, concat("blob ", blob.digest.text())));
    require_success(response, concat("blob ", blob.digest.text()));
    verify_content(content, blob, concat("blob ", blob.digest.text()));
    return content;
}

void stream_blob(Connection& connection, const Descriptor& blob, std::uint64_t offset, const std::function<void()>& restart, const HttpClient::BodySink& sink) {
    auto call = reading(connection, "GET", "blobs", blob.digest.text());
    if (offset > 0) call.headers.push_back(concat("Range: bytes=", offset, "-"));
    std::uint64_t have = offset;
    const auto on_head = [&](const HttpResponse& head) {
        if (head.status < 200 || head.status >= 300 || offset == 0 || continues_at(head, offset)) return;
        have = 0;
        restart();
    };
    const auto response = connection.send(call, [&](std::string_view bytes) {
        have += bytes.size();
        if (have > blob.size) throw Error{ErrorKind::Corrupt, concat("blob ", blob.digest.text(), ": has more than the ", blob.size, " bytes it should have")};
        sink(bytes);
    }, on_head);
    require_success(response, concat("blob ", blob.digest.text()));
}

std::vector<std::string> list_tags(Connection& connection) {
    std::vector<std::string> tags;
    auto call = reading(connection, "GET", "tags", "list");
    for (int page = 0; page < kTagPageLimit; ++page) {
        std::string text;
        const auto response = connection.send(call, bounded(text, kTagsLimitBytes, "list of tags"));
        require_success(response, "list of tags");
        for (auto& tag : strings_or_empty(parse_json(text, "list of tags"), "tags")) tags.push_back(std::move(tag));
        if (tags.size() > kTagCountLimit) throw Error{ErrorKind::Corrupt, concat("more than ", kTagCountLimit, " tags")};
        const auto next = next_link(response);
        if (next.empty()) return tags;
        const auto url = resolve_location(resolve_location(connection.base(), call.target), next);
        if (!same_origin(url, connection.base())) throw Error{ErrorKind::Corrupt, concat("the list of tags continues at another host: ", quote(url.authority()))};
        call.target = url.text();
    }
    throw Error{ErrorKind::Corrupt, "the list of tags has no end"};
}

}  // namespace skiff::image::registry
