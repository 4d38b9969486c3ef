#pragma once
/// Puts layers on top of each other as overlayfs would show them, for chains longer than the kernel stacks. Internal
/// to src/storage.

#include <filesystem>
#include <vector>

namespace skiff::storage {

/// Copies the merged content of `layers` (diff directories, topmost first) into the empty directory `target`: whiteouts
/// and opaque directories take effect and disappear; owners, modes, times, extended attributes and hard links stay.
void merge_layers(const std::vector<std::filesystem::path>& layers, int target);

}  // namespace skiff::storage
