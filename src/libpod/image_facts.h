#pragma once
/// What make_config needs of an image, taken from the image store's record.

#include <string>

#include "libpod/make_config.h"

namespace skiff::image {
struct ImageRecord;
}

namespace skiff::libpod {

/// `raw_name` as the user gave it. Throws Error{Corrupt} when the stored config has members of a wrong type.
ImageFacts facts_of(const image::ImageRecord& image, const std::string& raw_name);

}  // namespace skiff::libpod
