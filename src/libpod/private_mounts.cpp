#include "libpod/private_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

std::uint64_t mount_id_of(const fs::path& path) {
    struct statx status {};
    if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_MNT_ID, &status) != 0) {
        throw SystemError{errno, concat("looking up the mount of ", quote(path.native()))};
    }
    return status.stx_mnt_id;
}

}  // namespace

/// The highest of the path's parents that is in the same mount. The table of mounts, which grows with the host's containers,
/// is not read for it.
fs::path mount_point_of(const fs::path& path) {
    std::error_code failure;
    fs::path point = fs::canonical(path, failure);
    if (failure) throw SystemError{failure.value(), concat("looking up the mount of ", quote(path.native()))};
    const std::uint64_t mount = mount_id_of(point);
    while (point.has_relative_path() && mount_id_of(point.parent_path()) == mount) point = point.parent_path();
    return point;
}

PrivateMounts::PrivateMounts(const fs::path& private_below) : former_{open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY)} {
    if (::unshare(CLONE_NEWNS) != 0) throw SystemError{errno, "making a mount namespace"};
    const fs::path holder = mount_point_of(private_below);
    if (::mount(nullptr, holder.c_str(), nullptr, MS_PRIVATE, nullptr) != 0) {
        throw SystemError{errno, concat("making the mount ", quote(holder.native()), " private")};
    }
}

PrivateMounts::~PrivateMounts() {
    if (former_ && ::setns(former_.get(), CLONE_NEWNS) != 0) {
        log::debug(concat("returning to the host's mount namespace: ", errno_text(errno), ", ignoring"));
    }
}

}  // namespace skiff::libpod
