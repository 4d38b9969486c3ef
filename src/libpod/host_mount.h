#pragma once
/// `mount`: a container's root file system on the host, at RUNROOT/mounts/<id>. Where follows from the ID; whether, the kernel
/// says. How often it was asked for is a count in the state row, which means nothing while nothing is mounted there.
///
/// A container that is mounted and started, or the other way round, has one overlay: the later of the two is a further mount
/// of it. So the mount survives stop, and the container survives unmount.

#include <filesystem>
#include <string>

#include "libpod/container.h"

namespace skiff::libpod {

fs::path host_mount_path(const Runtime& runtime, const std::string& id);
bool is_host_mounted(const Runtime& runtime, const std::string& id);

/// Mounts it, or counts one more; gives back where. A container on a directory of the host is there already.
fs::path mount_on_host(Container& container);
/// Counts one less and, at none or with `force` (which detaches a mount in use), unmounts. Nothing when it is not mounted.
/// Throws Error{InUse}.
void unmount_from_host(Container& container, bool force);

/// Under the operation lock, for removal: whatever the count. Absence is fine.
void drop_host_mount(const Runtime& runtime, const std::string& id);
/// Under the operation lock: what a dead `mount` or `unmount` left. Without a count nobody was told of the mount.
void repair_host_mount(const Runtime& runtime, const ContainerRow& row);

}  // namespace skiff::libpod
