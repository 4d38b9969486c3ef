#include "image/offer.h"

#include "image/config.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {

OfferedImage make_offer(std::string manifest, std::string manifest_type, std::string config, std::string shown,
                        const std::function<std::unique_ptr<storage::Source>(const Descriptor&)>& open_blob) {
    const auto parsed = parse_manifest(manifest, manifest_type, concat(shown, ": manifest"));
    verify_content(config, parsed.config, concat(shown, ": config"));
    const auto diff_ids = parse_config(config, concat(shown, ": config")).diff_ids;
    if (diff_ids.size() != parsed.layers.size())
        throw Error{ErrorKind::Corrupt, concat(shown, ": the manifest has ", parsed.layers.size(), " layers, the config ", diff_ids.size())};
    OfferedImage image{parsed.media_type, std::move(manifest), std::move(config), {}, {}, {}, std::move(shown), false, {}, {}};
    for (std::size_t i = 0; i < diff_ids.size(); ++i)
        image.layers.push_back({parsed.layers[i], diff_ids[i], [open_blob, blob = parsed.layers[i]] { return open_blob(blob); }});
    return image;
}

std::vector<OfferedImage> offer_any(const FileSet& files, const Selection& selection) {
    // docker 25 and later writes both, and only manifest.json holds whole names.
    if (files.contains("manifest.json")) {
        const auto text = files.read("manifest.json", kManifestLimitBytes);
        return trim(text).starts_with('[') ? offer_docker_archive(files, selection) : offer_blob_directory(files, selection);
    }
    if (files.contains("index.json")) return offer_oci_layout(files, selection);
    if (files.contains("repositories"))
        throw Error{ErrorKind::Unsupported, concat(files.shown(), ": an archive of docker before 1.10"), "save it again with a current docker or podman"};
    throw Error{ErrorKind::Corrupt, concat(files.shown(), ": no image: it has neither manifest.json nor index.json"), "\"skiff import\" takes root file systems"};
}

}  // namespace skiff::image
