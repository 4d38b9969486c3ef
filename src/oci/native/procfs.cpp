#include "oci/native/procfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "oci/native/kernel.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr ino_t kProcRootInode = 1;

void verify(int fd, std::string_view shown) {
    struct statfs status {};
    if (::fstatfs(fd, &status) != 0) throw SystemError{errno, concat("looking at ", quote(shown))};
    if (status.f_type != PROC_SUPER_MAGIC) {
        throw Error{ErrorKind::System, concat(quote(shown), " is not on a proc file system")};
    }
}

}  // namespace

UniqueFd open_host_procfs() {
    UniqueFd root{::open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!root) throw SystemError{errno, "opening /proc"};
    verify(root.get(), "/proc");
    struct stat status {};
    if (::fstat(root.get(), &status) != 0 || status.st_ino != kProcRootInode) {
        throw Error{ErrorKind::System, "/proc is not the root of a proc file system"};
    }
    return root;
}

UniqueFd open_private_procfs() {
    const UniqueFd context{kernel::fsopen("proc", FSOPEN_CLOEXEC)};
    if (context && kernel::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
        UniqueFd root{kernel::fsmount(context.get(), FSMOUNT_CLOEXEC,
                                      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)};
        if (root) return root;
    }
    return open_host_procfs();
}

UniqueFd open_in_procfs(int root, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
    UniqueFd file{kernel::openat2(root, path.c_str(), how)};
    if (!file && (errno == ENOSYS || errno == EPERM)) file.reset(::openat(root, path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    if (!file) throw SystemError{errno, concat("opening /proc/", path)};
    verify(file.get(), concat("/proc/", path));
    return file;
}

void write_in_procfs(int root, const std::string& path, std::string_view value) {
    const UniqueFd file = open_in_procfs(root, path, O_WRONLY);
    if (::write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) {
        throw SystemError{errno, concat("writing /proc/", path)};
    }
}

}  // namespace skiff::oci::native
