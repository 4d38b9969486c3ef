#pragma once
/// What the `manifest` commands and those for images have in common.

#include <optional>
#include <string>
#include <vector>

#include "image/image_index.h"
#include "image/image_store.h"
#include "image/registry/options.h"

namespace skiff::cli {

/// The index that `name` means, unless it means an image.
std::optional<image::ImageIndex> index_meant(const image::ImageStore& store, const std::string& name);

/// An index as `images` shows it: without layers, its document's size for its own.
image::ImageRecord index_record(const image::ImageIndex& index);

/// What `name` (an image or index here, else one in a registry; docker:// and containers-storage: say which) adds to an index.
/// With `all` every entry of an index, else the one for this host. Throws Error{NotFound}.
std::vector<image::IndexEntry> entries_named(const image::ImageStore& store, const std::string& name, bool all, const image::registry::Options& options);

/// "KEY=VALUE" each. Throws Error{Invalid} naming `option`.
std::map<std::string, std::string> parse_annotations(const std::vector<std::string>& words, const char* option);

/// The name that an index gets. Throws Error{Invalid} for one with a digest.
image::Reference index_name(const std::string& text);

}  // namespace skiff::cli
