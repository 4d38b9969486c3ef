#pragma once
/// Opening a path below a directory that somebody hostile may be changing.

#include <sys/types.h>

#include <cstdint>

namespace skiff {

/// openat2(2) (Linux 5.6) with `resolve` of RESOLVE_IN_ROOT, _BENEATH, _NO_SYMLINKS, _NO_MAGICLINKS and _NO_XDEV; O_CLOEXEC is added, EINTR and
/// (for what is being renamed, within a bound) EAGAIN are tried again. Where the kernel or a sandbox has no such call it is walk_below().
/// Gives back a descriptor, or -1 with errno.
int open_resolved(int root, const char* path, int flags, mode_t mode, std::uint64_t resolve) noexcept;

/// The same by hand, a component at a time: each name is opened in the directory before it without following a link, and links are put in
/// by what they say, so that nothing outside can be reached whatever is renamed meanwhile. Either RESOLVE_IN_ROOT or RESOLVE_BENEATH must be given.
int walk_below(int root, const char* path, int flags, mode_t mode, std::uint64_t resolve) noexcept;

}  // namespace skiff
