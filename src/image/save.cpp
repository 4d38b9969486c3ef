#include "image/manifest.h"
#include "image/save.h"

#include <algorithm>

#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {


void put_blob(FileWriter& to, const std::string& name, const Descriptor& blob, const std::function<std::unique_ptr<storage::Source>()>& open) {
    if (to.has(name)) return;
    const auto source = open();
    storage::HashingSource hashing{*source, blob.digest.algorithm()};
    to.put(name, blob.size, hashing);
    storage::require_digest(blob.digest, hashing.digest(), concat("blob ", blob.digest.text()));
}

std::string layout_name(const Digest& digest) { return concat("blobs/", digest.algorithm(), "/", digest.hex()); }

OrderedJson index_entry(const std::string& document, const std::string& media_type, const std::string& name) {
    OrderedJson entry;
    entry["mediaType"] = media_type;
    entry["digest"] = Digest::of(document).text();
    entry["size"] = document.size();
    if (!name.empty()) entry["annotations"] = OrderedJson{{kRefName, name}};
    return entry;
}

/// What an index holds besides entries of these names.
OrderedJson kept_entries(const std::string& existing, const std::vector<std::string>& names) {
    auto kept = OrderedJson::array();
    if (existing.empty()) return kept;
    parse_index(existing, "", "index.json");
    const auto document = OrderedJson::parse(existing);
    for (const auto& entry : document.at("manifests")) {
        const auto annotations = entry.value("annotations", OrderedJson::object());
        const auto name = annotations.value(kRefName, std::string{});
        if (std::find(names.begin(), names.end(), name) == names.end()) kept.push_back(entry);
    }
    return kept;
}

/// The names of all images; an empty one for an image without.
std::vector<std::string> names_in(const std::vector<NamedOutgoing>& images) {
    std::vector<std::string> names;
    for (const auto& image : images) {
        names.insert(names.end(), image.names.begin(), image.names.end());
        if (image.names.empty()) names.emplace_back();
    }
    return names;
}

OrderedJson layout_index(const std::string& existing_index, const std::vector<std::string>& replaced) {
    OrderedJson index;
    index["schemaVersion"] = 2;
    index["mediaType"] = media::kOciIndex;
    index["manifests"] = kept_entries(existing_index, replaced);
    return index;
}

void finish_layout(FileWriter& to, const OrderedJson& index) {
    to.put("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    to.put("index.json", dump(index));
    to.finish();
}

}  // namespace

void save_oci(FileWriter& to, const std::vector<NamedOutgoing>& images, const std::string& existing_index) {
    auto index = layout_index(existing_index, names_in(images));
    for (const auto& [image, id, names] : images) {
        for (const auto& layer : image.layers) put_blob(to, layout_name(layer.blob.digest), layer.blob, layer.open);
        if (const auto config = layout_name(image.config_blob.digest); !to.has(config)) to.put(config, image.config);
        if (const auto manifest = layout_name(Digest::of(image.manifest)); !to.has(manifest)) to.put(manifest, image.manifest);
        for (const auto& name : names) index["manifests"].push_back(index_entry(image.manifest, image.manifest_type, name));
        if (names.empty()) index["manifests"].push_back(index_entry(image.manifest, image.manifest_type, ""));
    }
    finish_layout(to, index);
}

void save_documents_oci(FileWriter& to, const OutgoingDocuments& documents, const std::string& name, const std::string& existing_index, const DocumentBegun& begun) {
    auto index = layout_index(existing_index, {name});
    for (std::size_t i = 0; i < documents.size(); ++i) {
        const auto& document = documents[i];
        begun(document, i + 1);
        for (const auto& [blob, open, known_at] : document.blobs) put_blob(to, layout_name(blob.digest), blob, open);
        if (const auto manifest = layout_name(Digest::of(document.text)); !to.has(manifest)) to.put(manifest, document.text);
    }
    index["manifests"].push_back(index_entry(documents.back().text, documents.back().media_type, name));
    finish_layout(to, index);
}

void save_docker_archive(FileWriter& to, const std::vector<NamedOutgoing>& images) {
    auto manifest = OrderedJson::array();
    for (const auto& [image, id, names] : images) {
        OrderedJson entry;
        entry["Config"] = concat(id, ".json");
        entry["RepoTags"] = names;
        entry["Layers"] = OrderedJson::array();
        for (const auto& layer : image.layers) {
            const auto name = concat(layer.diff_id.hex(), ".tar");
            if (!to.has(name)) to.put_unsized(name, layer.open_plain);
            entry["Layers"].push_back(name);
        }
        if (!to.has(concat(id, ".json"))) to.put(concat(id, ".json"), image.config);
        manifest.push_back(entry);
    }
    to.put("manifest.json", dump(manifest));
    to.finish();
}

void save_documents_directory(FileWriter& to, const OutgoingDocuments& documents, const DocumentBegun& begun) {
    for (std::size_t i = 0; i < documents.size(); ++i) {
        const auto& document = documents[i];
        begun(document, i + 1);
        for (const auto& [blob, open, known_at] : document.blobs) put_blob(to, std::string{blob.digest.hex()}, blob, open);
        if (i + 1 < documents.size()) to.put(concat(Digest::of(document.text).hex(), ".manifest.json"), document.text);
    }
    to.put("manifest.json", documents.back().text);
    to.put("version", "Directory Transport Version: 1.1\n");
    to.finish();
}

void save_blob_directory(FileWriter& to, const OutgoingImage& image) {
    for (const auto& layer : image.layers) put_blob(to, std::string{layer.blob.digest.hex()}, layer.blob, layer.open);
    to.put(std::string{image.config_blob.digest.hex()}, image.config);
    to.put("manifest.json", image.manifest);
    to.put("version", "Directory Transport Version: 1.1\n");
    to.finish();
}

}  // namespace skiff::image
