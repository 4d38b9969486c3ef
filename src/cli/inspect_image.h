#pragma once
/// An image as `inspect` shows it. Source: podman-image-inspect(1).

#include "image/image_store.h"
#include "util/json.h"

namespace skiff::cli {

OrderedJson inspect_image(const image::ImageStore& store, const image::ImageRecord& image);

}  // namespace skiff::cli
