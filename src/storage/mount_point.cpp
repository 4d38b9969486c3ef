#include "storage/mount_point.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {

bool is_mount_point(const fs::path& path) {
    struct stat here {};
    struct stat above {};
    return ::lstat(path.c_str(), &here) == 0 && ::lstat(path.parent_path().c_str(), &above) == 0 && here.st_dev != above.st_dev;
}

UniqueFd clone_mount(const fs::path& target) {
    UniqueFd mount{::open_tree(AT_FDCWD, target.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW)};
    if (!mount) throw SystemError{errno, concat("taking a copy of the mount at ", quote(target.native()))};
    return mount;
}

bool unmount(const fs::path& path, bool detach) {
    const bool mounted = is_mount_point(path);
    if (mounted && ::umount2(path.c_str(), UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0)) != 0) {
        const int code = errno;
        if (code == EBUSY) throw Error{ErrorKind::InUse, concat("the mount at ", quote(path.native()), " is in use")};
        throw SystemError{code, concat("unmounting ", quote(path.native()))};
    }
    ::rmdir(path.c_str());  // left behind, it is used again or goes with the run directory
    return mounted;
}

}  // namespace skiff::storage
