#pragma once
/// Mounts by descriptor: made detached, given their attributes, then attached to an already opened target. No path
/// below a container's root is ever handed to the kernel as a string.
///
/// Source: fsopen(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2) (Linux 5.2, 5.12); where they are
/// missing (ENOSYS), mount(2) on /proc/self/fd.

#include <string>

#include "oci/native/mount_options.h"
#include "util/fd.h"

namespace skiff::oci::native {

/// A copy of the mount (or the tree of mounts) at `path` that is attached nowhere. An empty UniqueFd with errno set
/// when that fails; ENOSYS when the kernel cannot.
UniqueFd clone_tree(int dir, const char* path, bool recursive);

/// Attaches the detached `mount` on top of `target`. Throws SystemError naming `shown`.
void attach(int mount, int target, std::string_view shown);

/// mount_setattr on an open (detached or attached) mount. False with ENOSYS; throws SystemError otherwise.
bool set_attributes(int mount, std::uint64_t set, std::uint64_t clear, unsigned long propagation, bool recursive,
                    std::string_view shown);

/// A new, detached file system. `data` as in mount options ("size=64k", "ro" excluded); attributes from `options`.
/// An empty UniqueFd with ENOSYS, or E2BIG for a value that only mount(2) takes; throws SystemError otherwise.
UniqueFd make_filesystem(const std::string& type, const std::string& source, const MountOptions& options);

/// make_filesystem and attach, or mount(2) where the kernel (or a long option) needs it.
void mount_filesystem(const std::string& type, const std::string& source, const MountOptions& options, int target,
                      std::string_view shown);

/// mount(2) with a descriptor as the target.
void mount_by_path(const char* source, int target, const char* type, unsigned long flags, const char* data,
                   std::string_view shown);

/// A detached, empty, read-only tmpfs directory, for masking. Empty UniqueFd with ENOSYS.
UniqueFd make_empty_directory(const std::string& label_option);

}  // namespace skiff::oci::native
