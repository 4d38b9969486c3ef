#pragma once
/// --cgroups split: the cgroup of whoever starts the container is split in two, one for the processes that are in it already ("supervisor",
/// and with them the monitor) and one for the container. A service manager then sees both as parts of its unit.
/// Source: podman-run(1), --cgroups; cgroups(7), "no internal processes" rule.

#include <string>

namespace skiff::libpod {

/// The caller's own cgroup, seen from its cgroup namespace: "/system.slice/web.service"; without the part "/supervisor" when it was split
/// before. That of the v2 tree, or systemd's where that is the root; controllers of v1 follow it. Throws Error{Unsupported} without cgroups.
std::string split_cgroup_parent();

/// Moves every process of that cgroup of the v2 tree into "supervisor" below it: the kernel limits the children only of a cgroup without
/// processes. Nothing at the root. Throws SystemError when the cgroup is not the caller's to change (a unit needs Delegate=yes).
void split_own_cgroup();

}  // namespace skiff::libpod
