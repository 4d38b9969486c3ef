#pragma once
/// Where the kernel tells that it killed a process for lack of memory.

#include <string>

#include <sys/types.h>

namespace skiff::libpod {

/// The file to watch for the cgroup of `pid`: memory.events (v2) or memory.oom_control (v1); empty when neither is
/// there, or when the process is in the root cgroup. Source: cgroup-v2.rst, Memory; cgroup-v1/memory.rst, OOM Control.
std::string memory_events_of(pid_t pid);

}  // namespace skiff::libpod
