#pragma once

#include <string>

#include "image/image_index.h"
#include "image/image_store.h"

namespace skiff::cli {

/// Removes an index and prints what went. Its images stay.
void remove_index(const image::ImageStore& store, const image::ImageIndex& index);

/// What `rmi` does with the name of an index: takes it away, or the whole index with its last name.
void remove_index_name(const image::ImageStore& store, const image::ImageIndex& index, const std::string& word);

}  // namespace skiff::cli
