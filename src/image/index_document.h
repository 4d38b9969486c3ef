#pragma once
/// An index's JSON, as it is stored and as it is sent. Source: image-spec, image-index.md; distribution, "Manifest List".

#include <nlohmann/json_fwd.hpp>

#include "image/image_index.h"

namespace skiff::image {

nlohmann::ordered_json index_entry_json(const IndexEntry& entry, bool docker);
/// Throws Error{Corrupt}.
IndexEntry parse_index_entry(const nlohmann::json& json);

/// The members of the column `details`.
nlohmann::ordered_json index_details(const ImageIndex& index);
void read_index_details(const nlohmann::json& details, ImageIndex& index);

}  // namespace skiff::image
