#include "cli/manifest_lookup.h"

#include "image/index_jobs.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using image::ImageStore;
using image::IndexEntry;

constexpr std::string_view kLocalPrefix = "containers-storage:";

IndexEntry entry_of(const image::ImageRecord& record) {
    return {{record.manifest_type, record.manifest_digest, record.manifest.size(), record.parsed_config().platform, {}, {}}, {}, {}, {}, record.id, {}};
}

std::vector<IndexEntry> entries_of_index(const image::ImageIndex& index, bool all, const std::string& name) {
    if (all) return index.entries;
    image::Index parsed{index.names.empty() ? index.id : index.names.front(), {}, {}};
    for (const auto& entry : index.entries) parsed.manifests.push_back(entry.manifest);
    const auto& chosen = image::select_platform(parsed, image::Platform::host(), name);
    for (const auto& entry : index.entries)
        if (entry.manifest.digest == chosen.digest) return {entry};
    return {};
}

/// nullopt when nothing here has that name.
std::optional<std::vector<IndexEntry>> local_entries(const ImageStore& store, const std::string& name, bool all) {
    if (const auto index = index_meant(store, name)) return entries_of_index(*index, all, name);
    const auto found = store.try_resolve(name);
    if (!found) return std::nullopt;
    return std::vector{entry_of(store.get(found->id))};
}

}  // namespace

std::optional<image::ImageIndex> index_meant(const ImageStore& store, const std::string& name) {
    const auto found = store.try_resolve(name);
    if (found && found->by != image::FoundBy::Index) return std::nullopt;
    return image::IndexStore{store.db()}.try_find(name);
}

image::ImageRecord index_record(const image::ImageIndex& index) {
    const auto type = image::natural_index_type(index);
    const auto document = image::write_index(index, type);
    const auto digest = Digest::of(document);
    image::ImageRecord record{index.id, digest, type, document, image::write_config({}), {}, document.size(), index.created_at, index.created_at, index.created_at, index.names, {}, {}};
    for (const auto& name : index.names) record.repo_digests.push_back(concat(name.substr(0, name.rfind(':')), "@", digest.text()));
    return record;
}

std::vector<IndexEntry> entries_named(const ImageStore& store, const std::string& name, bool all, const image::registry::Options& options) {
    if (name.starts_with(kLocalPrefix)) {
        const auto local = local_entries(store, name.substr(kLocalPrefix.size()), all);
        if (!local) throw Error{ErrorKind::NotFound, concat(name, ": image not known"), "\"skiff images\" lists what there is"};
        return *local;
    }
    const auto location = image::parse_location(name);
    if (location && location->transport != image::Transport::Docker)
        throw Error{ErrorKind::Unsupported, concat("adding ", quote(name), ": only images that are here or in a registry can be added"), "pull it first"};
    if (!location)
        if (const auto local = local_entries(store, name, all)) return *local;
    return image::run_remote_entries(image::normalize_reference(location ? location->path : name, image::Default::DockerHub), all, options);
}

std::map<std::string, std::string> parse_annotations(const std::vector<std::string>& words, const char* option) {
    std::map<std::string, std::string> annotations;
    for (const auto& word : words) {
        const auto pair = split_once(word, '=');
        if (!pair || pair->first.empty()) throw Error{ErrorKind::Invalid, concat(option, ": ", quote(word), " is not KEY=VALUE")};
        annotations[pair->first] = pair->second;
    }
    return annotations;
}

image::Reference index_name(const std::string& text) {
    auto name = image::normalize_reference(text, image::Default::Localhost);
    if (name.digest) throw Error{ErrorKind::Invalid, concat("invalid name ", quote(text), ": a name to give has no digest")};
    return name;
}

}  // namespace skiff::cli
