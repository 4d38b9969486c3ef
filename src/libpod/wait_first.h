#pragma once
/// wait --exit-first-match.

#include <chrono>
#include <span>
#include <vector>

#include "libpod/container.h"

namespace skiff::libpod {

/// As Container::wait(), until one of them meets a condition. What was removed without having met one is left out.
/// Throws Error{NotFound} when none is left. Source: podman-wait(1), --exit-first-match.
int wait_for_first(std::span<Container> containers, const std::vector<Container::WaitCondition>& conditions, std::chrono::milliseconds interval);

}  // namespace skiff::libpod
