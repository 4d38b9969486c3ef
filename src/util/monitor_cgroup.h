#pragma once
/// The cgroup of the monitors: what ends the caller's session by its cgroup (systemd, a CI runner) leaves them alone.

#include <sys/types.h>

namespace skiff {

/// fork(2) into the cgroup skiff/monitor of the unified hierarchy, which is made when it is not there; into the caller's
/// own where that cannot be had (no cgroup v2, a read-only mount). For single-threaded processes only, as fork handlers
/// do not run. Returns what fork(2) does. Source: clone(2), CLONE_INTO_CGROUP; moving a process there afterwards would
/// wait for an RCU grace period.
pid_t fork_into_monitor_cgroup();

/// Cgroups are mounted read-only in the usual places, as in a container that is not privileged: none can be made.
bool cgroups_are_read_only();

}  // namespace skiff
