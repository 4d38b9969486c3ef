#pragma once
/// Project quotas: a limit for a directory and all that comes below it. Source: quotactl(2), ioctl_fssetxattr in xfsctl(3),
/// kernel documentation, filesystems/ext4; the file system must be mounted with prjquota.

#include <cstdint>

namespace skiff::libpod {

/// Gives the directory `dir` (and what will be made in it) the project `project`, limited to `bytes` and `inodes` (0: no
/// limit). Throws Error{Unsupported} saying what the file system lacks.
void set_project_quota(int dir, std::uint32_t project, std::uint64_t bytes, std::uint64_t inodes);
/// Throws Error{Unsupported} unless `dir` lies on a file system that can do that.
void require_project_quota(int dir);

}  // namespace skiff::libpod
