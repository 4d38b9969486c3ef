#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "oci/native/kernel.h"
#include "oci/native/mount_calls.h"
#include "oci/native/rootfs.h"
#include "oci/native/rootfs_path.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

/// The host's null device, proven to be it: an image's /dev/null may be anything (CVE-2025-31133).
UniqueFd open_null_device() {
    UniqueFd null{::open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct stat status {};
    if (!null || ::fstat(null.get(), &status) != 0) throw SystemError{errno, "opening /dev/null"};
    if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) {
        throw Error{ErrorKind::System, "the host's /dev/null is not the null device"};
    }
    return null;
}

void mask_directory(int target, const Spec& spec, const std::string& path) {
    const UniqueFd empty = make_empty_directory(detail::label_option(spec));
    if (empty) attach(empty.get(), target, path);
    else mount_by_path("tmpfs", target, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,nr_inodes=2", path);
}

void mask_file(int target, const std::string& path) {
    const UniqueFd null = open_null_device();
    const UniqueFd tree = clone_tree(null.get(), "", /*recursive=*/false);
    if (tree) attach(tree.get(), target, path);
    else mount_by_path(proc_fd_path(null.get()).c_str(), target, nullptr, MS_BIND, nullptr, path);
}

}  // namespace

void detail::mask_path(int root, const Spec& spec, const std::string& path) {
    const UniqueFd target = open_target_if_exists(root, path);
    if (!target) return;
    struct stat status {};
    if (::fstat(target.get(), &status) != 0) throw SystemError{errno, concat("masking ", quote(path))};
    if (S_ISDIR(status.st_mode)) mask_directory(target.get(), spec, path);
    else mask_file(target.get(), path);
}

void detail::make_read_only(int root, const std::string& path) {
    const UniqueFd target = open_target_if_exists(root, path);
    if (!target) return;
    const UniqueFd tree = clone_tree(target.get(), "", /*recursive=*/true);
    if (tree && set_attributes(tree.get(), MOUNT_ATTR_RDONLY, 0, 0, /*recursive=*/true, path)) {
        attach(tree.get(), target.get(), path);
        return;
    }
    mount_by_path(proc_fd_path(target.get()).c_str(), target.get(), nullptr, MS_BIND | MS_REC, nullptr, path);
    const UniqueFd made = open_target(root, path, Create::Nothing);
    mount_by_path(nullptr, made.get(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr, path);
}

}  // namespace skiff::oci::native
