#pragma once
/// Unpacking a layer without the layers below it, which may themselves be on their way. Internal to src/storage.

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "storage/layer_apply.h"
#include "storage/source.h"
#include "util/fd.h"

namespace skiff::storage {

/// A directory that files of a layer are in, but that the layer does not mention.
struct ImpliedDirectory {
    std::string path;  ///< without links; empty: the root
    ino_t inode = 0;
};

/// apply_layer, except that implied directories stay root's with mode 0755 and are returned in `implied`.
LayerApplyResult apply_layer_apart(Source& tar, int target, const LayerLimits& limits, std::vector<ImpliedDirectory>& implied);

/// Gives implied directories of `target` the mode, owner, time and extended attributes of the lower layers', as overlayfs would
/// otherwise show root's 0755. `open_in_lower`: see LayerApplyOptions.
void inherit_metadata(int target, const std::vector<ImpliedDirectory>& implied, const std::function<UniqueFd(const std::string&)>& open_in_lower);

}  // namespace skiff::storage
