#pragma once
/// Operations on many containers at once: what `rm -a`, `container prune`, `stop -a` and `kill -a` do. One transaction and
/// one sweep of the disk for a whole batch, waits that overlap. Each container fails or succeeds by itself.

#include <chrono>
#include <functional>
#include <optional>
#include <span>

#include "libpod/container.h"
#include "util/error.h"

namespace skiff::libpod {

/// Called once for each container as soon as its fate is known, with its index and what failed (nullptr: nothing). Order
/// is that of the ends, which for removals is the order that was asked for.
using Outcome = std::function<void(std::size_t index, const Error* failure)>;

/// Container::remove() for each, in order. With force, those that run are stopped together first.
void remove_many(Runtime& runtime, std::span<Container* const> containers, const RemoveOptions& options, const Outcome& outcome);

/// Container::stop() for each: all are sent their signal before the first is waited for.
void stop_many(std::span<Container* const> containers, std::optional<std::chrono::seconds> timeout, const Outcome& outcome);

/// Container::kill() for each: all are sent the signal before the end of the first is waited for.
void kill_many(std::span<Container* const> containers, int signal, const Outcome& outcome);

}  // namespace skiff::libpod
