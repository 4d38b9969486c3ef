#pragma once
/// The archive that a layer is kept in (see docs/architecture.md, "Images and registries"), exchanged for another form of the same bytes.

#include <memory>

#include "image/image_store.h"
#include "storage/blob_store.h"
#include "storage/layer_store.h"

namespace skiff::image {

/// An archive of a layer, open: it can be read even where it was not kept.
struct KeptArchive {
    storage::BlobInfo blob;
    std::shared_ptr<UniqueFd> file;
};

/// Makes `made`, the layer's archive compressed anew, the one that is kept, so that the next push or save finds it; the former goes. Where
/// an image's manifest names the former, that one stays and `made` goes when it is closed. Not for two threads at once: it uses
/// the store's database.
KeptArchive keep_instead(const ImageStore& store, const storage::Layer& layer, storage::BlobWriter made);

}  // namespace skiff::image
