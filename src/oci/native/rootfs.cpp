#include "oci/native/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "oci/native/bind_mounts.h"
#include "oci/native/kernel.h"
#include "oci/native/mount_calls.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

void check(int result, std::string_view what) {
    if (result != 0) throw SystemError{errno, what};
}

void make_tree_slave() { check(::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr), "cutting mount propagation to the host"); }

/// Kernels without open_tree(2): the rootfs bind-mounted on itself, then opened.
UniqueFd attach_by_path(const std::string& path) {
    check(::mount(path.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr), concat("mounting the root file system ", quote(path)));
    return UniqueFd{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
}

unsigned long root_propagation(const Spec& spec) {
    return spec.lnx.rootfs_propagation.empty() ? static_cast<unsigned long>(MS_PRIVATE) : propagation_flags(spec.lnx.rootfs_propagation);
}

void set_root_flags(int root, const Spec& spec) {
    if (!set_attributes(root, 0, 0, MS_PRIVATE, /*recursive=*/false, "/")) {
        mount_by_path(nullptr, root, nullptr, MS_PRIVATE, nullptr, "/");
    }
    if (!spec.root_readonly) return;
    if (!set_attributes(root, MOUNT_ATTR_RDONLY, 0, 0, /*recursive=*/false, "/")) {
        mount_by_path(nullptr, root, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr, "/");
    }
}

}  // namespace

void Rootfs::attach_root() {
    const bool shares_mounts = spec_.find_namespace(CLONE_NEWNS) == nullptr;
    if (!shares_mounts) make_tree_slave();
    if (!plan_.root) {
        root_ = attach_by_path(root_path(spec_, plan_.bundle));
    } else {
        // On top of "/": no directory of the host is involved, however its permissions are.
        const std::string place = shares_mounts ? root_path(spec_, plan_.bundle).native() : "/";
        const UniqueFd covered = open_at(AT_FDCWD, place, O_PATH | O_DIRECTORY);
        attach(plan_.root.get(), covered.get(), place);
        root_ = std::move(plan_.root);
    }
    if (!root_) throw SystemError{errno, "opening the root file system"};
}

void Rootfs::make_mounts(const std::function<void()>& before_cgroup) {
    for (std::size_t i = 0; i < spec_.mounts.size(); ++i) {
        const Mount& mount = spec_.mounts[i];
        if (mount.type == "cgroup" || mount.type == "cgroup2") {
            before_cgroup();
            detail::mount_cgroups(root_.get(), plan_, mount);
        } else {
            detail::mount_one(root_.get(), spec_, plan_, i);
        }
        plan_.mounts[i].reset();
    }
}

void Rootfs::make_devices() { detail::make_device_nodes(root_.get(), spec_); }

UniqueFd Rootfs::make_console() { return detail::open_console(root_.get(), plan_); }

void Rootfs::restrict() {
    for (const std::string& path : spec_.lnx.readonly_paths) detail::make_read_only(root_.get(), path);
    for (const std::string& path : spec_.lnx.masked_paths) detail::mask_path(root_.get(), spec_, path);
    set_root_flags(root_.get(), spec_);
}

void Rootfs::enter() {
    check(::fchdir(root_.get()), "entering the root file system");
    if (plan_.no_pivot || spec_.find_namespace(CLONE_NEWNS) == nullptr) {
        check(::chroot("."), "changing the root directory");
    } else {
        const UniqueFd old_root{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
        check(kernel::pivot_root(".", "."), "changing the root file system (pivot_root)");
        // Both are stacked at "/" now; the old one is on top and goes, without a trace on the host.
        check(::fchdir(old_root.get()), "leaving the host's file system");
        check(::mount(nullptr, ".", nullptr, MS_SLAVE | MS_REC, nullptr), "cutting mount propagation to the host");
        check(::umount2(".", MNT_DETACH), "detaching the host's file system");
    }
    check(::chdir("/"), "entering the root directory");
    // Last: pivot_root(2) refuses a root that is shared already.
    if (root_propagation(spec_) != MS_PRIVATE) {
        check(::mount(nullptr, "/", nullptr, root_propagation(spec_), nullptr), "setting the propagation of the root mount");
    }
    root_.reset();
}

}  // namespace skiff::oci::native
