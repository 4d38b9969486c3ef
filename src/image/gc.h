#pragma once
/// Keeping the store within bounds: images that were not used for the longest time go first.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "image/image_store.h"
#include "util/clock.h"

namespace skiff::image {

struct GcOptions {
    std::optional<std::uint64_t> keep_bytes;  ///< stop as soon as layers and their archives take no more; absent: no such bound
    std::optional<UnixNanos> used_before;     ///< only images whose last use (or pull) was earlier; absent: any
    /// Images that must stay for a reason that the store does not know (a mount on the host).
    std::function<bool(const ImageRecord&)> in_use;
};

/// What would go, in that order: never an image that a container or a list of the user's making has. The
/// figures count a layer that several images share once, and as freed only with the last of them.
struct GcPlan {
    std::vector<ImageRecord> victims;
    std::uint64_t freed_bytes = 0;
};
GcPlan plan_gc(const ImageStore& store, const GcOptions& options);

}  // namespace skiff::image
