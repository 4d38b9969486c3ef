/// `docker save`'s format. Source: moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format".

#include <algorithm>
#include <array>

#include "image/config.h"
#include "image/offer.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kImageLimit = 1000;
constexpr std::size_t kTagsLimit = 1000;

[[noreturn]] void throw_corrupt_list(const FileSet& files, const std::string& why) {
    throw Error{ErrorKind::Corrupt, concat(files.shown(), ": manifest.json: ", why)};
}

/// One element of manifest.json.
struct Item {
    std::string config;
    std::vector<std::string> layers;
    std::vector<Reference> tags;
};

Item item_of(const FileSet& files, const Json& json) {
    if (!json.is_object()) throw_corrupt_list(files, "not a list of objects");
    Item item{string_or(json, "Config"), strings_or_empty(json, "Layers"), {}};
    if (item.config.empty()) throw_corrupt_list(files, "an image without Config");
    if (item.layers.size() > kLayerCountLimit) throw_corrupt_list(files, concat("more than ", kLayerCountLimit, " layers"));
    const auto tags = strings_or_empty(json, "RepoTags");
    if (tags.size() > kTagsLimit) throw_corrupt_list(files, concat("more than ", kTagsLimit, " tags"));
    for (const auto& tag : tags) item.tags.push_back(in_context(files.shown(), [&] { return normalize_reference(tag, Default::DockerHub); }));
    return item;
}

std::vector<Item> items_of(const FileSet& files) {
    const auto text = files.read("manifest.json", kManifestLimitBytes);
    return in_context(files.shown(), [&] {
        const Json list = parse_json(text, "manifest.json");
        if (!list.is_array() || list.empty() || list.size() > kImageLimit) throw_corrupt_list(files, "not a list of 1 to 1000 images");
        std::vector<Item> items;
        for (const auto& element : list) items.push_back(item_of(files, element));
        return items;
    });
}

/// A file named by a digest ("<hex>.json", "blobs/sha256/<hex>") must have it.
void check_config_name(const FileSet& files, const std::string& name, std::string_view content) {
    auto stem = name.substr(name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1);
    if (stem.ends_with(".json")) stem.resize(stem.size() - 5);
    if (stem.size() != 64 || !is_hex(stem)) return;
    const auto actual = sha256_hex(content);
    if (actual != lower(stem))
        throw Error{ErrorKind::Corrupt, concat(files.shown(), ": config ", quote(name), ": has digest sha256:", actual, ", should have sha256:", stem)};
}

/// decompress() that owns what it inflates.
class InflatedSource : public storage::Source {
public:
    explicit InflatedSource(std::unique_ptr<storage::Source> raw) : raw_{std::move(raw)}, plain_{storage::decompress(*raw_)} {}
    std::size_t read(std::span<char> buffer) override { return plain_->read(buffer); }

private:
    std::unique_ptr<storage::Source> raw_;
    std::unique_ptr<storage::Source> plain_;
};

storage::Compression compression_of(const FileSet& files, const std::string& name) {
    std::array<char, 6> head{};
    const auto source = files.open(name);
    std::size_t filled = 0;
    while (filled < head.size()) {
        const auto got = source->read({head.data() + filled, head.size() - filled});
        if (got == 0) break;
        filled += got;
    }
    return storage::detect_compression({head.data(), filled});
}

/// The bytes that a descriptor is about. No media type knows xz and bzip2, so such a layer counts as what it inflates to.
std::unique_ptr<storage::Source> open_layer(const FileSet& files, const std::string& name) {
    const auto compression = compression_of(files, name);
    if (compression == storage::Compression::Xz || compression == storage::Compression::Bzip2) return std::make_unique<InflatedSource>(files.open(name));
    return files.open(name);
}

std::uint64_t layer_size(const FileSet& files, const std::string& name, storage::Compression compression) {
    if (compression != storage::Compression::Xz && compression != storage::Compression::Bzip2) return *files.size(name);
    return storage::drain(*open_layer(files, name));
}

/// What a layer's file is. An uncompressed one has the diff ID for its digest, which unpacking verifies; a compressed one
/// has to be read once for its own.
Descriptor layer_descriptor(const FileSet& files, const std::string& name, const Digest& diff_id) {
    if (!files.contains(name)) throw Error{ErrorKind::Corrupt, concat(files.shown(), ": layer ", quote(name), " is missing")};
    const auto compression = compression_of(files, name);
    const auto size = layer_size(files, name, compression);
    const auto described = [&](std::string_view suffix, const Digest& digest) {
        return Descriptor{concat(media::kDockerLayer, suffix), digest, size, {}, {}, {}};
    };
    if (compression == storage::Compression::None) return described("", diff_id);
    if (compression == storage::Compression::Xz || compression == storage::Compression::Bzip2) return described("", diff_id);
    const std::string_view suffix = compression == storage::Compression::Gzip ? ".gzip" : ".zstd";
    const auto source = files.open(name);
    storage::HashingSource hashing{*source};
    storage::drain(hashing);
    return described(suffix, hashing.digest());
}

OfferedImage offer(const FileSet& files, const Item& item) {
    const auto shown = concat(files.shown(), item.tags.empty() ? "" : ": ", item.tags.empty() ? "" : item.tags.front().text());
    auto config = files.read(item.config, kConfigLimitBytes);
    check_config_name(files, item.config, config);
    const auto diff_ids = parse_config(config, concat(shown, ": config")).diff_ids;
    if (diff_ids.size() != item.layers.size())
        throw Error{ErrorKind::Corrupt, concat(shown, ": manifest.json has ", item.layers.size(), " layers, the config ", diff_ids.size())};
    Manifest manifest{std::string{media::kDockerManifest}, {std::string{media::kDockerConfig}, Digest::of(config), config.size(), {}, {}, {}}, {}, {}};
    for (std::size_t i = 0; i < diff_ids.size(); ++i) manifest.layers.push_back(layer_descriptor(files, item.layers[i], diff_ids[i]));
    auto image = make_offer(write_manifest(manifest), manifest.media_type, std::move(config), shown,
                            [](const Descriptor&) { return std::unique_ptr<storage::Source>{}; });
    // By position: two layers may have the same bytes, but each has its file.
    for (std::size_t i = 0; i < image.layers.size(); ++i)
        image.layers[i].open = [&files, name = item.layers[i]] { return open_layer(files, name); };
    image.names = item.tags;
    return image;
}

std::string tags_of(const std::vector<Item>& items) {
    std::vector<std::string> tags;
    for (const auto& item : items)
        for (const auto& tag : item.tags) tags.push_back(tag.text());
    return tags.empty() ? "it has no names" : concat("it has ", join(tags, ", "));
}

/// "@N" counts images, anything else is a tag.
std::vector<Item> select(const FileSet& files, std::vector<Item> items, const std::string& wanted) {
    if (wanted.empty()) return items;
    if (wanted.front() == '@') {
        const auto number = parse_uint(std::string_view{wanted}.substr(1));
        if (number && *number < items.size()) return {items[*number]};
        throw Error{ErrorKind::NotFound, concat(files.shown(), ": no image ", quote(wanted), ": it has ", items.size())};
    }
    const auto reference = normalize_reference(wanted, Default::DockerHub);
    for (auto& item : items) {
        if (std::find(item.tags.begin(), item.tags.end(), reference) == item.tags.end()) continue;
        item.tags = {reference};
        return {item};
    }
    throw Error{ErrorKind::NotFound, concat(files.shown(), ": no image ", quote(wanted), ": ", tags_of(items))};
}

}  // namespace

std::vector<OfferedImage> offer_docker_archive(const FileSet& files, const Selection& selection) {
    if (!files.contains("manifest.json") && files.contains("repositories"))
        throw Error{ErrorKind::Unsupported, concat(files.shown(), ": an archive of docker before 1.10"), "save it again with a current docker or podman"};
    std::vector<OfferedImage> images;
    for (const auto& item : select(files, items_of(files), selection.reference)) images.push_back(offer(files, item));
    return images;
}

}  // namespace skiff::image
