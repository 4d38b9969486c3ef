#pragma once
/// Mounts that a path on the host leads to.

#include <filesystem>

#include "util/fd.h"

namespace skiff::storage {

namespace fs = std::filesystem;

/// Absent is false. Source: mountpoint(1): it lies on another device than its parent.
bool is_mount_point(const fs::path& path);
/// A further, detached mount of what is mounted at `target`, without what is mounted below it.
UniqueFd clone_mount(const fs::path& target);
/// Takes away the mount at `path` and, when it is empty then, the directory. Absence is fine; false then. `detach`: also when
/// it is in use; otherwise Error{InUse}.
bool unmount(const fs::path& path, bool detach);

}  // namespace skiff::storage
