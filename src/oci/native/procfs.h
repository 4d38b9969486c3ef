#pragma once
/// /proc, proven to be procfs before anything is written to it. An image can put other things where /proc is expected
/// (CVE-2019-16884, CVE-2025-52881); a label or sysctl written there would be lost, or land somewhere else.

#include <string>

#include "util/fd.h"

namespace skiff::oci::native {

/// A procfs of the current PID namespace that is mounted nowhere. Falls back to the caller's own /proc, verified.
/// Source: fsopen(2), fsmount(2).
UniqueFd open_private_procfs();
/// The caller's /proc, verified to be the root of a procfs. Throws SystemError.
UniqueFd open_host_procfs();
/// Opens `path` below a procfs root without leaving that file system. Throws SystemError.
/// Source: openat2(2), RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS.
UniqueFd open_in_procfs(int root, const std::string& path, int flags);
/// Writes `value` to a file below a procfs root in one write(2).
void write_in_procfs(int root, const std::string& path, std::string_view value);

}  // namespace skiff::oci::native
