#pragma once
/// cgroup v1 numbers of the spec in the terms of cgroup v2.

#include <cstdint>
#include <optional>
#include <string>

#include "oci/native/spec.h"

namespace skiff::oci::native::cgroup {

/// cpu.shares (2 to 262144) to cpu.weight (1 to 10000); 0 stays 0.
std::uint64_t cpu_weight(std::uint64_t shares);
/// blkio.weight (10 to 1000) to io.weight (1 to 10000).
std::uint64_t io_weight(std::uint64_t weight);
/// "max" for a negative limit.
std::string limit_text(std::int64_t limit);
/// memory.swap.max: the spec counts memory and swap together. Throws ConfigInvalid without a memory limit.
std::optional<std::string> swap_text(const MemoryLimits& memory);

}  // namespace skiff::oci::native::cgroup
