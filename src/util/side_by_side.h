#pragma once
/// Independent pieces of work in several threads. For worker processes (util/worker.h): others start no threads.

#include <cstddef>
#include <functional>

namespace skiff {

/// One thread for each processor that this process may use, at least one and at most `limit`.
unsigned threads_at_hand(unsigned limit);

/// Calls `work(item, thread)` once for each item below `count`, the first ones first; `thread` counts from 0 and never runs two at
/// once. With `threads` of 1 everything is done by the caller itself. After a failure no further item is begun; the first one is
/// thrown when all threads have ended.
void side_by_side(std::size_t count, unsigned threads, const std::function<void(std::size_t item, unsigned thread)>& work);

}  // namespace skiff
