#include "libpod/shared_memory.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "storage/overlay.h"
#include "util/error.h"
#include "util/files.h"
#include "util/path_lookup.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// A place in another process's mount namespace for as long as the object lives.
class [[nodiscard]] Visit {
public:
    explicit Visit(int pidfd) : home_{open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY)} {
        if (::setns(pidfd, CLONE_NEWNS) != 0) throw SystemError{errno, "entering the mount namespace of the IPC namespace's owner"};
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    /// Not coming home would leave this process in a container's file system: it must not go on.
    ~Visit() {
        if (::setns(home_.get(), CLONE_NEWNS) != 0) ::_exit(125);
    }

private:
    UniqueFd home_;
};

/// The container owns that file system and may have put a link there.
UniqueFd open_shm() {
    const UniqueFd root{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    return UniqueFd{open_resolved(root.get(), "dev/shm", O_PATH | O_DIRECTORY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)};
}

UniqueFd copy_of_mount(int pidfd) {
    const Visit visit{pidfd};
    const UniqueFd place = open_shm();
    if (!place) throw Error{ErrorKind::NotFound, concat("sharing /dev/shm: ", errno_text(errno), " in the container that owns the IPC namespace")};
    UniqueFd tree{::open_tree(place.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)};
    if (!tree) throw SystemError{errno, "sharing /dev/shm of the IPC namespace's owner"};
    return tree;
}

}  // namespace

SharedMemory::SharedMemory(const ProcessIdentity& owner, fs::path at) : path_{std::move(at)} {
    const UniqueFd pidfd = open_pidfd(owner);
    if (!pidfd) throw Error{ErrorKind::WrongState, "sharing /dev/shm: the container that owns the IPC namespace has just ended"};
    const UniqueFd tree = copy_of_mount(pidfd.get());
    const UniqueFd target = make_directory(path_, 0700);
    storage::attach_mount(tree.get(), path_);
}

}  // namespace skiff::libpod
