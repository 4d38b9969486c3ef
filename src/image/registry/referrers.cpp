#include "image/registry/referrers.h"

#include "image/manifest.h"
#include "image/registry/api.h"
#include "image/registry/status.h"
#include "image/registry/upload.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kAlgorithmCharacters = 32, kHexCharacters = 64;

OrderedJson descriptor_of_referrer(const Json& document, const std::string& manifest, std::string_view media_type) {
    OrderedJson descriptor{{"mediaType", media_type}, {"digest", Digest::of(manifest).text()}, {"size", manifest.size()}};
    auto type = string_or(document, "artifactType");
    if (const Json* config = member(document, "config"); type.empty() && config != nullptr) type = string_or(*config, "mediaType");
    if (!type.empty()) descriptor["artifactType"] = type;
    if (const Json* annotations = member(document, "annotations")) descriptor["annotations"] = OrderedJson::parse(annotations->dump());
    return descriptor;
}

OrderedJson referrers_at(Connection& connection, const std::string& tag) {
    try {
        const auto found = get_manifest(connection, tag);
        if (kind_of_document(found.text, found.media_type, tag) != DocumentKind::Index) throw Error{ErrorKind::Corrupt, concat("tag ", tag, " should list what refers to a manifest, and is no index")};
        return OrderedJson::parse(found.text);
    } catch (const StatusError& error) {
        if (error.status() != 404) throw;
    }
    return {{"schemaVersion", 2}, {"mediaType", media::kOciIndex}, {"manifests", OrderedJson::array()}};
}

}  // namespace

std::string referrers_tag(const Digest& subject) {
    return concat(std::string{subject.algorithm()}.substr(0, kAlgorithmCharacters), "-", std::string{subject.hex()}.substr(0, kHexCharacters));
}

void list_as_referrer(Connection& connection, const std::string& manifest, std::string_view media_type) {
    const auto document = parse_json(manifest, "manifest");
    const Json* subject = member(document, "subject");
    if (subject == nullptr) return;
    const auto tag = referrers_tag(parse_descriptor(*subject).digest);
    auto referrers = referrers_at(connection, tag);
    const auto own = Digest::of(manifest).text();
    for (const auto& listed : referrers["manifests"])
        if (listed.value("digest", "") == own) return;
    referrers["manifests"].push_back(descriptor_of_referrer(document, manifest, media_type));
    put_manifest(connection, tag, dump(referrers), std::string{media::kOciIndex});
}

}  // namespace skiff::image::registry
