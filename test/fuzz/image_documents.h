#pragma once

#include <string_view>

namespace skiff::image {

/// Feeds `input` to one of the parsers of what images and their users write; the first byte chooses which. Aborts when one
/// accepts what it must not.
void fuzz_image_documents(std::string_view input);

}  // namespace skiff::image
