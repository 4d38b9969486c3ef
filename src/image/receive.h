#pragma once
/// Taking images into the store: unpack what is missing, check everything, then make the image visible.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "image/image_store.h"
#include "image/offer.h"

namespace skiff::image {

struct ReceiveOptions {
    bool may_dlopen = false;                           ///< in a worker process: libisal for gzip
    std::function<void(std::string_view line)> report; ///< progress for people; may be empty
};

/// Unpacks the layers that the store lacks, bottom first, each verified against its digests and size, and adds the
/// image with its names. On failure nothing of it stays. Throws what LayerStore::apply and ImageStore::add throw, with
/// the layer's position in front.
ImageRecord receive_image(const ImageStore& store, const OfferedImage& image, const ReceiveOptions& options);

struct ImportOptions {
    std::vector<std::string> changes;  ///< see apply_change
    std::string message;               ///< the history entry's comment
    std::vector<Reference> names;
    Platform platform = Platform::host();
    std::string shown;                 ///< what is imported, for errors
};

/// An OCI image of one layer from a root file system's tar, compressed or not.
ImageRecord import_rootfs(const ImageStore& store, storage::Source& tar, const ImportOptions& import, const ReceiveOptions& options);

}  // namespace skiff::image
