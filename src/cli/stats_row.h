#pragma once
/// One container as `stats` shows it. Source: podman-stats(1), --format.

#include <map>
#include <optional>
#include <string>

#include "cli/format/listing.h"
#include "libpod/container_row.h"
#include "libpod/usage.h"

namespace skiff::cli {

struct StatsSample {
    const libpod::ContainerRow* row = nullptr;
    std::optional<libpod::Usage> now;     ///< unset: it does not run
    std::optional<libpod::Usage> before;  ///< the sample before; unset: percentages are since the start
};

struct StatsListing {
    std::vector<StatsSample> samples;
    bool in_full = false;                 ///< --no-trunc
};

Listing stats_listing(const StatsListing& stats);

/// Processor time between two samples, in per cent of one processor: 200 is two of them.
double cpu_percent(const libpod::Usage& now, std::uint64_t cpu_ns_before, UnixNanos at_before);

}  // namespace skiff::cli
