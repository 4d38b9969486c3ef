#pragma once
/// A mount namespace for the launcher, so that a container's root file system never shows in the host's table.

#include <filesystem>

#include "util/fd.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// unshare(CLONE_NEWNS) keeping the host's propagation (volumes mounted rshared must work), but for the one mount that
/// holds `private_below`: mounts made there stay here. Restores the former namespace on destruction.
/// Single-threaded callers only (setns(2), mount namespaces).
class [[nodiscard]] PrivateMounts {
public:
    explicit PrivateMounts(const fs::path& private_below);
    PrivateMounts(const PrivateMounts&) = delete;
    PrivateMounts& operator=(const PrivateMounts&) = delete;
    ~PrivateMounts();

private:
    UniqueFd former_;
};

/// The mount point (in this namespace) of the mount that holds `path`. Source: statx(2) STATX_MNT_ID, proc_pid_mountinfo(5).
fs::path mount_point_of(const fs::path& path);

}  // namespace skiff::libpod
