#pragma once
/// Paths below a container's root, always as descriptors. Whatever links the container's tree holds, and whoever
/// swaps them meanwhile, the result lies below `root`.

#include <filesystem>
#include <string>

#include "util/fd.h"

namespace skiff::oci::native {

enum class Create { Nothing, Directory, File };

/// Opens `path` below `root` with O_PATH, links followed within the root, magic links refused. What is missing is made
/// (mode 0755, an empty file 0644 or a directory at the end) unless `create` is Nothing; a dangling link's target is
/// made too. Throws SystemError naming the path.
/// Source: openat2(2), RESOLVE_IN_ROOT; on ENOSYS and for missing parts, component by component with O_NOFOLLOW.
UniqueFd open_target(int root, const std::string& path, Create create);

/// The same without creation; an empty UniqueFd when nothing is there.
UniqueFd open_target_if_exists(int root, const std::string& path);

/// A directory that no link leads to, made when it is missing: where proc and sysfs go, so that nothing else can pass
/// for them (CVE-2019-19921). Throws SystemError (ELOOP for a link).
UniqueFd open_plain_directory(int root, const std::string& path);

/// A descriptor for reading or writing of what `path_fd` (O_PATH) names.
UniqueFd reopen(int path_fd, int flags, std::string_view shown);

}  // namespace skiff::oci::native
