#include "image/index_document.h"

#include <algorithm>

#include "util/error.h"
#include "util/json.h"

namespace skiff::image {
namespace {

constexpr const char* kAnnotations = "annotations";
constexpr const char* kSubject = "subject";

OrderedJson platform_json(const IndexEntry& entry) {
    OrderedJson json;
    const auto platform = entry.manifest.platform.value_or(Platform{});
    json["architecture"] = platform.architecture;
    json["os"] = platform.os;
    if (!entry.os_version.empty()) json["os.version"] = entry.os_version;
    if (!entry.os_features.empty()) json["os.features"] = entry.os_features;
    if (!platform.variant.empty()) json["variant"] = platform.variant;
    if (!entry.features.empty()) json["features"] = entry.features;
    return json;
}

OrderedJson descriptor_json(const Descriptor& descriptor) {
    OrderedJson json;
    json["mediaType"] = descriptor.media_type;
    json["size"] = descriptor.size;
    json["digest"] = descriptor.digest.text();
    return json;
}

}  // namespace

OrderedJson index_entry_json(const IndexEntry& entry, bool docker) {
    auto json = descriptor_json(entry.manifest);
    if (entry.manifest.platform) json["platform"] = platform_json(entry);
    if (docker) return json;
    if (!entry.manifest.artifact_type.empty()) json["artifactType"] = entry.manifest.artifact_type;
    if (!entry.manifest.annotations.empty()) json["annotations"] = entry.manifest.annotations;
    return json;
}

IndexEntry parse_index_entry(const Json& json) {
    IndexEntry entry{parse_descriptor(json), {}, {}, {}, {}, {}};
    if (const Json* platform = member(json, "platform")) {
        entry.os_version = string_or(*platform, "os.version");
        entry.os_features = strings_or_empty(*platform, "os.features");
        entry.features = strings_or_empty(*platform, "features");
    }
    return entry;
}

OrderedJson index_details(const ImageIndex& index) {
    OrderedJson details = OrderedJson::object();
    if (!index.annotations.empty()) details[kAnnotations] = index.annotations;
    if (index.subject) details[kSubject] = descriptor_json(*index.subject);
    return details;
}

void read_index_details(const Json& details, ImageIndex& index) {
    if (const Json* annotations = member(details, kAnnotations)) index.annotations = annotations->get<std::map<std::string, std::string>>();
    if (const Json* subject = member(details, kSubject)) index.subject = parse_descriptor(*subject);
}

std::string natural_index_type(const ImageIndex& index) {
    const bool oci = !index.annotations.empty() || index.subject ||
                     std::any_of(index.entries.begin(), index.entries.end(), [](const IndexEntry& entry) { return entry.manifest.media_type.starts_with("application/vnd.oci."); });
    return std::string{oci ? media::kOciIndex : media::kDockerList};
}

std::string write_index(const ImageIndex& index, std::string_view media_type, int indent) {
    const bool docker = media_type == media::kDockerList;
    OrderedJson json;
    json["schemaVersion"] = 2;
    json["mediaType"] = media_type;
    json["manifests"] = OrderedJson::array();
    for (const auto& entry : index.entries) json["manifests"].push_back(index_entry_json(entry, docker));
    if (!docker && index.subject) json[kSubject] = descriptor_json(*index.subject);
    if (!docker && !index.annotations.empty()) json[kAnnotations] = index.annotations;
    return dump(json, indent);
}

}  // namespace skiff::image
