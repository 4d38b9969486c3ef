#include "image/signature/payload.h"

#include <set>

#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

[[noreturn]] void malformed(std::string_view why) { throw Error{ErrorKind::Corrupt, concat("signature: ", why)}; }

/// An object with exactly these members.
const Json& object_with(const Json& parent, const char* key, const std::set<std::string>& members) {
    const Json* object = member(parent, key);
    if (object == nullptr || !object->is_object()) malformed(concat(key, " is no object"));
    for (const auto& [name, value] : object->items())
        if (!members.contains(name)) malformed(concat("unknown member ", quote(name), " of ", key));
    if (object->size() != members.size()) malformed(concat(key, " lacks a member"));
    return *object;
}

std::string claim_text(const Json& object, const char* key) {
    const auto text = string_or(object, key);
    if (text.empty()) malformed(concat(key, " is missing"));
    return text;
}

std::optional<Reference> completed(std::string_view text) {
    auto reference = try_parse_reference(text);
    if (!reference || reference->is_short()) return std::nullopt;
    return reference;
}

bool same_repository(const Reference& image, std::string_view claimed) {
    const auto reference = completed(claimed);
    return reference && reference->repository() == image.repository();
}

bool same_reference(const Reference& image, std::string_view claimed) {
    const auto reference = completed(claimed);
    const bool precise = reference && (!reference->tag.empty() || reference->digest);
    return precise && reference->text() == image.text();
}

bool repo_digest_or_exact(const Reference& image, std::string_view claimed) {
    return image.digest ? same_repository(image, claimed) : same_reference(image, claimed);
}

/// The prefix ends where a part of the name does.
bool has_prefix(std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '/' || name[prefix.size()] == ':' || name[prefix.size()] == '@');
}

}  // namespace

SignedClaim parse_payload(std::string_view text, std::string_view type) {
    const auto document = parse_json(text, "signature");
    for (const auto& [name, value] : document.items())
        if (name != "critical" && name != "optional") malformed(concat("unknown member ", quote(name)));
    const auto& critical = object_with(document, "critical", {"type", "image", "identity"});
    if (claim_text(critical, "type") != type) malformed(concat("its type is ", quote(claim_text(critical, "type")), ", not ", quote(type)));
    const auto digest = Digest::try_parse(claim_text(object_with(critical, "image", {"docker-manifest-digest"}), "docker-manifest-digest"));
    if (!digest) malformed("docker-manifest-digest is no digest");
    return {claim_text(object_with(critical, "identity", {"docker-reference"}), "docker-reference"), *digest};
}

std::string write_payload(const SignedClaim& claim, std::string_view type) {
    constexpr UnixNanos kNanos = 1'000'000'000;
    OrderedJson document;
    auto& critical = document["critical"];
    critical["identity"]["docker-reference"] = claim.reference;
    critical["image"]["docker-manifest-digest"] = claim.manifest.text();
    critical["type"] = type;
    document["optional"]["creator"] = "skiff " SKIFF_VERSION;
    document["optional"]["timestamp"] = now_nanos() / kNanos;
    return dump(document);
}

IdentityRule::IdentityRule(const Json* rule) : type_{rule == nullptr ? "matchRepoDigestOrExact" : string_or(*rule, "type")} {
    static const std::set<std::string> kPlain = {"matchExact", "matchRepoDigestOrExact", "matchRepository"};
    if (kPlain.contains(type_)) return;
    if (type_ == "exactReference") {
        first_ = claim_text(*rule, "dockerReference");
    } else if (type_ == "exactRepository") {
        first_ = claim_text(*rule, "dockerRepository");
    } else if (type_ == "remapIdentity") {
        first_ = claim_text(*rule, "prefix");
        second_ = claim_text(*rule, "signedPrefix");
    } else {
        throw Error{ErrorKind::Corrupt, concat("unknown signedIdentity ", quote(type_))};
    }
}

bool IdentityRule::matches(const Reference& image, std::string_view claimed) const {
    if (type_ == "matchExact") return same_reference(image, claimed);
    if (type_ == "matchRepository") return same_repository(image, claimed);
    if (type_ == "exactReference") return same_reference(normalize_reference(first_, Default::DockerHub), claimed);
    if (type_ == "exactRepository") return same_repository(normalize_reference(first_, Default::DockerHub), claimed);
    if (type_ == "remapIdentity" && has_prefix(image.text(), first_))
        return repo_digest_or_exact(parse_reference(concat(second_, image.text().substr(first_.size()))), claimed);
    return repo_digest_or_exact(image, claimed);
}

}  // namespace skiff::image
