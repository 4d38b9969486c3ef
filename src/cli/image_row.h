#pragma once
/// One image as `images` shows it: the members of `--format json`, and the placeholders that are not members.
/// Source: podman-images(1), --format.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/format/listing.h"
#include "image/image_store.h"

namespace skiff::cli {

/// "1.99 MB": three digits, as `images` and `history` show sizes.
std::string size_cell(std::uint64_t bytes);
/// "3 minutes ago".
std::string ago(UnixNanos when, UnixNanos now);

/// The document of `--format json`.
OrderedJson image_json(const image::ImageRecord& image, int containers);

/// A row of the table: one name of one image (empty: none). The methods of image_methods() read it.
OrderedJson image_row(const image::ImageRecord& image, const std::string& name, int containers);

using ImagesById = std::map<std::string, const image::ImageRecord*>;
/// `images` outlives what is printed; labels are read from it only when a template asks.
Methods image_methods(std::shared_ptr<const ImagesById> images, bool in_full);
Headers image_headers();

}  // namespace skiff::cli
