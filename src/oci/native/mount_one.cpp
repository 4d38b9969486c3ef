#include <algorithm>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "oci/native/bind_mounts.h"
#include "oci/native/errors.h"
#include "oci/native/kernel.h"
#include "oci/native/mount_calls.h"
#include "oci/native/rootfs.h"
#include "oci/native/rootfs_path.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

bool is_directory(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw SystemError{errno, "looking at a mount source"};
    return S_ISDIR(status.st_mode);
}

std::string destination_of(const Mount& mount) {
    const std::string path = fs::path{concat("/", mount.destination)}.lexically_normal();
    if (path == "/" || path == "//") throw ConfigInvalid{"config: a mount must not cover the root directory"};
    return path;
}

/// Old kernels: bind, then the flags by a second mount(2) on the mount just made.
void bind_by_path(int root, const Mount& mount, const MountOptions& options, const fs::path& source, const std::string& shown) {
    const UniqueFd from = open_at(AT_FDCWD, source, O_PATH);
    const Create kind = is_directory(from.get()) ? Create::Directory : Create::File;
    if (!mount.uid_mappings.empty() || options.idmap) {
        throw Error{ErrorKind::Unsupported, concat("mounting ", quote(mount.source), ": this kernel cannot map owners")};
    }
    const std::uint64_t beyond = options.recursive_set & ~std::uint64_t{MOUNT_ATTR_RDONLY};
    if (beyond != 0 || (options.recursive_bind && (options.recursive_set | options.recursive_clear) != 0)) {
        throw Error{ErrorKind::Unsupported, concat("mounting ", quote(mount.source), ": this kernel cannot set options of a whole tree of mounts")};
    }
    const UniqueFd target = open_target(root, shown, kind);
    const bool recursive = options.recursive_bind;
    mount_by_path(proc_fd_path(from.get()).c_str(), target.get(), nullptr, MS_BIND | (recursive ? static_cast<unsigned long>(MS_REC) : 0UL), nullptr, shown);
    const UniqueFd made = open_target(root, shown, Create::Nothing);
    const unsigned long flags = options.flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME);
    if (flags != 0 || (options.recursive_set & MOUNT_ATTR_RDONLY) != 0) {
        const unsigned long read_only = (options.recursive_set & MOUNT_ATTR_RDONLY) != 0 ? static_cast<unsigned long>(MS_RDONLY) : 0UL;
        mount_by_path(nullptr, made.get(), nullptr, MS_REMOUNT | MS_BIND | flags | read_only, nullptr, shown);
    }
    const unsigned long propagation = options.propagation != 0 ? options.propagation : MS_SLAVE | MS_REC;
    mount_by_path(nullptr, made.get(), nullptr, propagation, nullptr, shown);
}

void bind(int root, const Mount& mount, const MountOptions& options, InitPlan& plan, std::size_t index, const std::string& shown) {
    UniqueFd tree = std::move(plan.mounts[index]);
    if (!tree) tree = prepare_bind_mount(*plan.spec, mount, plan.bundle);
    if (!tree) {
        bind_by_path(root, mount, options, bind_source(mount, plan.bundle), shown);
        return;
    }
    const Create kind = is_directory(tree.get()) ? Create::Directory : Create::File;
    attach(tree.get(), open_target(root, shown, kind).get(), shown);
}

/// A tmpfs that begins with what it covers.
void mount_with_copy(const Mount& mount, const MountOptions& options, int target, int root, const std::string& shown) {
    MountOptions writable = options;
    writable.attr_set &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
    writable.flags &= ~static_cast<unsigned long>(MS_RDONLY);
    const UniqueFd covered = reopen(target, O_RDONLY | O_DIRECTORY, shown);
    mount_filesystem(mount.type, mount.source, writable, target, shown);
    const UniqueFd made = open_target(root, shown, Create::Nothing);
    const auto says = [&](std::string_view key) { return std::any_of(options.data.begin(), options.data.end(), [&](const auto& word) { return word.starts_with(key); }); };
    detail::copy_up(covered.get(), reopen(made.get(), O_RDONLY | O_DIRECTORY, shown).get(), {says("mode="), says("uid="), says("gid=")});
    if ((options.flags & MS_RDONLY) == 0) return;
    if (!set_attributes(made.get(), MOUNT_ATTR_RDONLY, 0, 0, /*recursive=*/false, shown)) {
        mount_by_path(nullptr, made.get(), nullptr, MS_REMOUNT | MS_BIND | options.flags, nullptr, shown);
    }
}

/// A user namespace may not mount a new instance of some file systems: then the host's, as a bind mount.
bool bind_instead(const Mount& mount, int target, const std::string& shown) {
    const char* source = mount.type == "sysfs" ? "/sys" : mount.type == "mqueue" ? "/dev/mqueue" : nullptr;
    if (source == nullptr) return false;
    const UniqueFd tree = clone_tree(AT_FDCWD, source, /*recursive=*/true);
    if (!tree) return false;
    attach(tree.get(), target, shown);
    return true;
}

void mount_new(int root, const Spec& spec, const Mount& mount, MountOptions options, const std::string& shown) {
    const bool pseudo = mount.type == "proc" || mount.type == "sysfs";
    // What is made only as a place to mount on has nothing to copy, its mode neither: the tmpfs stays as the kernel makes it.
    const bool copies = mount.type == "tmpfs" && options.copy_up && open_target_if_exists(root, shown);
    const UniqueFd target = pseudo ? open_plain_directory(root, shown) : open_target(root, shown, Create::Directory);
    if (const std::string label = detail::label_option(spec); !label.empty() && !pseudo && mount.type != "mqueue") {
        options.data.push_back(label);
    }
    if (copies) return mount_with_copy(mount, options, target.get(), root, shown);
    try {
        mount_filesystem(mount.type, mount.source, options, target.get(), shown);
    } catch (const SystemError& error) {
        if (error.code() != EPERM || !bind_instead(mount, target.get(), shown)) throw error.in(concat("mounting ", quote(shown)));
    }
    if (options.propagation == 0) return;
    const UniqueFd made = open_target(root, shown, Create::Nothing);
    mount_by_path(nullptr, made.get(), nullptr, options.propagation, nullptr, shown);
}

/// The ordinary /proc. Its descriptor serves the container's sysctls as well, which spares a procfs of their own: closing
/// a mount that was attached nowhere waits for the whole machine. False when that is not how it is mounted.
bool mount_own_proc(int root, const Spec& spec, const Mount& mount, const MountOptions& options, const std::string& shown, InitPlan& plan) {
    const bool plain = mount.type == "proc" && shown == "/proc" && options.data.empty() && options.propagation == 0 &&
                       (options.attr_set & MOUNT_ATTR_RDONLY) == 0 && (options.recursive_set & MOUNT_ATTR_RDONLY) == 0;
    if (!plain || spec.lnx.sysctl.empty()) return false;
    const UniqueFd target = open_plain_directory(root, shown);
    UniqueFd made;
    try {
        made = make_filesystem(mount.type, mount.source, options);
    } catch (const SystemError& error) {
        throw error.in(concat("mounting ", quote(shown)));
    }
    if (!made) return false;
    attach(made.get(), target.get(), shown);
    plan.own_proc = std::move(made);
    return true;
}

}  // namespace

std::string detail::label_option(const Spec& spec) {
    if (spec.lnx.mount_label.empty()) return {};
    struct statfs status {};
    constexpr long kSelinuxMagic = 0xf97cff8c;
    if (::statfs("/sys/fs/selinux", &status) != 0 || static_cast<long>(status.f_type) != kSelinuxMagic) return {};
    return concat("context=", spec.lnx.mount_label);
}

void detail::mount_one(int root, const Spec& spec, InitPlan& plan, std::size_t index) {
    const Mount& mount = spec.mounts[index];
    const std::string shown = destination_of(mount);
    const MountOptions options = parse_mount_options(mount.options);
    if (is_bind(mount)) return bind(root, mount, options, plan, index, shown);
    if (mount.type.empty()) throw ConfigInvalid{concat("config: the mount on ", quote(shown), " has no type")};
    if (mount_own_proc(root, spec, mount, options, shown, plan)) return;
    mount_new(root, spec, mount, options, shown);
}

}  // namespace skiff::oci::native
