#include "cli/inspect_image.h"

#include "util/text.h"

namespace skiff::cli {
namespace {

using image::ImageConfig;
using image::ImageRecord;
using image::ImageStore;

OrderedJson graph_driver(const ImageStore& store, const ImageRecord& image) {
    OrderedJson data = OrderedJson::object();
    if (image.top_layer) {
        std::vector<std::string> lower;
        for (const auto& layer : store.layers().chain(*image.top_layer)) lower.push_back(store.layers().diff_path(layer).native());
        data["UpperDir"] = lower.front();
        lower.erase(lower.begin());
        if (!lower.empty()) data["LowerDir"] = join(lower, ":");
    }
    return {{"Name", "overlay"}, {"Data", data}};
}

OrderedJson rootfs(const ImageConfig& config) {
    OrderedJson layers = OrderedJson::array();
    for (const auto& diff_id : config.diff_ids) layers.push_back(diff_id.text());
    return {{"Type", "layers"}, {"Layers", layers}};
}

std::string comment_of(const ImageConfig& config) {
    if (!config.comment.empty() || config.history.empty()) return config.comment;
    return config.history.back().comment;  // where OCI images have it
}

OrderedJson null_if_empty(OrderedJson value) { return value.empty() ? OrderedJson(nullptr) : value; }

OrderedJson annotations(const ImageRecord& image) {
    OrderedJson found = OrderedJson::object();
    for (const auto& [key, value] : image::parse_manifest(image.manifest, image.manifest_type, "manifest").annotations) found[key] = value;
    return found;
}

}  // namespace

OrderedJson inspect_image(const ImageStore& store, const ImageRecord& image) {
    const auto config = image.parsed_config();
    // The documents' own spelling of both sections.
    const auto document = OrderedJson::parse(image::write_config(config));
    OrderedJson json;
    json["Id"] = image.id;
    json["Digest"] = image.manifest_digest.text();
    json["RepoTags"] = image.names;
    json["RepoDigests"] = image.repo_digests;
    json["Parent"] = "";
    json["Comment"] = comment_of(config);
    json["Created"] = rfc3339(image.created_at);
    json["Config"] = document.at("config");
    json["Version"] = config.docker_version;
    json["Author"] = config.author;
    json["Architecture"] = config.platform.architecture;
    json["Os"] = config.platform.os;
    json["Size"] = image.size;
    json["VirtualSize"] = image.size;
    json["GraphDriver"] = graph_driver(store, image);
    json["RootFS"] = rootfs(config);
    json["Labels"] = null_if_empty(OrderedJson(config.labels));
    json["Annotations"] = annotations(image);
    json["ManifestType"] = image.manifest_type;
    json["User"] = config.user;
    json["History"] = document.contains("history") ? document.at("history") : OrderedJson::array();
    json["NamesHistory"] = image.names_history;
    if (document.at("config").contains("Healthcheck")) json["Healthcheck"] = document.at("config").at("Healthcheck");
    return json;
}

}  // namespace skiff::cli
