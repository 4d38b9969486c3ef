/// The layout of `dir:`: manifest.json, and every blob in a file named by its hex digits. Source: containers-transports(5).

#include "image/config.h"
#include "image/offer.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

std::string read_blob(const FileSet& files, const Descriptor& descriptor, std::size_t limit, const std::string& name) {
    auto text = files.read(name, limit);
    verify_content(text, descriptor, concat(files.shown(), ": ", name));
    return text;
}

}  // namespace

std::vector<OfferedImage> offer_blob_directory(const FileSet& files, const Selection& selection) {
    const auto shown = concat(files.shown(), ": manifest.json");
    auto text = files.read("manifest.json", kManifestLimitBytes);
    std::string type;
    std::optional<Digest> index_digest;
    if (kind_of_document(text, "", shown) == DocumentKind::Index) {
        index_digest = Digest::of(text);
        const auto index = parse_index(text, "", shown);
        const auto& entry = select_platform(index, selection.platform, files.shown());
        type = entry.media_type;
        text = read_blob(files, entry, kManifestLimitBytes, concat(entry.digest.hex(), ".manifest.json"));
    }
    const auto manifest = parse_manifest(text, type, shown);
    auto config = read_blob(files, manifest.config, kConfigLimitBytes, std::string{manifest.config.digest.hex()});
    auto image = make_offer(std::move(text), manifest.media_type, std::move(config), files.shown(),
                            [&files](const Descriptor& blob) { return files.open(blob.digest.hex()); });
    image.index_digest = index_digest;
    if (!selection.fallback_name.empty()) image.names.push_back(normalize_reference(selection.fallback_name, Default::Localhost));
    return {std::move(image)};
}

}  // namespace skiff::image
