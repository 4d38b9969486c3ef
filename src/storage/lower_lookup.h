#pragma once
/// What a directory looks like in the layers below. Internal to src/storage.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "util/fd.h"

namespace skiff::storage {

/// LayerApplyOptions::open_in_lower over `layers`, diff directories with the topmost first.
std::function<UniqueFd(const std::string&)> lower_opener(std::vector<std::filesystem::path> layers);

}  // namespace skiff::storage
