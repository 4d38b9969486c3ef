#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

#include "oci/native/bind_mounts.h"
#include "oci/native/errors.h"
#include "oci/native/mount_calls.h"
#include "oci/native/rootfs.h"
#include "oci/native/rootfs_path.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

/// Source: runtime-spec, config-linux.md, Default Devices.
const std::array<Device, 6>& default_devices() {
    static const std::array<Device, 6> devices = {{
        {"/dev/null", 'c', 1, 3, 0666, 0, 0},    {"/dev/zero", 'c', 1, 5, 0666, 0, 0},
        {"/dev/full", 'c', 1, 7, 0666, 0, 0},    {"/dev/random", 'c', 1, 8, 0666, 0, 0},
        {"/dev/urandom", 'c', 1, 9, 0666, 0, 0}, {"/dev/tty", 'c', 5, 0, 0666, 0, 0},
    }};
    return devices;
}

mode_t type_bits(char type) { return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR; }

bool is_that_device(const struct stat& status, const Device& device) {
    if ((status.st_mode & S_IFMT) != type_bits(device.type)) return false;
    return device.type == 'p' || status.st_rdev == makedev(device.major, device.minor);
}

/// In a user namespace no node can be made: the host's own, verified, is mounted there.
void bind_host_device(int parent, const std::string& name, const Device& device) {
    const UniqueFd host{::open(device.path.c_str(), O_PATH | O_CLOEXEC)};
    struct stat status {};
    if (!host || ::fstat(host.get(), &status) != 0) throw SystemError{errno, concat("opening the host's ", device.path)};
    if (!is_that_device(status, device)) {
        throw Error{ErrorKind::System, concat("the host's ", quote(device.path), " is another device than the container's")};
    }
    UniqueFd file{::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
    if (!file) throw SystemError{errno, concat("making ", quote(device.path))};
    const UniqueFd target{::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    const UniqueFd tree = clone_tree(host.get(), "", /*recursive=*/false);
    if (tree) attach(tree.get(), target.get(), device.path);
    else mount_by_path(proc_fd_path(host.get()).c_str(), target.get(), nullptr, MS_BIND, nullptr, device.path);
}

/// True when that very device is there already; anything else of that name (an image's link, say) is removed.
bool already_there(int parent, const std::string& name, const Device& device) {
    struct stat status {};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (is_that_device(status, device)) return true;
    if (::unlinkat(parent, name.c_str(), S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0) != 0) {
        throw SystemError{errno, concat("replacing ", quote(device.path))};
    }
    return false;
}

void make_node(int parent, const std::string& name, const Device& device, bool user_namespace) {
    if (already_there(parent, name, device)) return;
    if (user_namespace && device.type != 'p') return bind_host_device(parent, name, device);
    const mode_t mode = type_bits(device.type) | (device.file_mode & 07777);
    if (::mknodat(parent, name.c_str(), mode, makedev(device.major, device.minor)) != 0) {
        if (errno == EPERM) return bind_host_device(parent, name, device);
        throw SystemError{errno, concat("making device ", quote(device.path))};
    }
    if ((device.uid != 0 || device.gid != 0) && ::fchownat(parent, name.c_str(), device.uid, device.gid, AT_SYMLINK_NOFOLLOW) != 0) {
        throw SystemError{errno, concat("setting the owner of ", quote(device.path))};
    }
}

void make_device(int root, const Device& device, bool user_namespace) {
    const fs::path path = fs::path{device.path}.lexically_normal();
    if (!path.has_filename() || path.filename() == "..") throw ConfigInvalid{concat("config: ", quote(device.path), " is no path for a device")};
    const UniqueFd parent = open_target(root, path.parent_path(), Create::Directory);
    make_node(parent.get(), path.filename(), device, user_namespace);
}

void make_link(int dev, const char* target, const char* name) {
    if (::symlinkat(target, dev, name) == 0 || errno == EEXIST) return;
    throw SystemError{errno, concat("making link /dev/", name)};
}

void make_links(int dev) {
    make_link(dev, "/proc/self/fd", "fd");
    make_link(dev, "/proc/self/fd/0", "stdin");
    make_link(dev, "/proc/self/fd/1", "stdout");
    make_link(dev, "/proc/self/fd/2", "stderr");
    make_link(dev, "/proc/kcore", "core");
    struct stat status {};
    if (::fstatat(dev, "ptmx", &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(status.st_mode)) ::unlinkat(dev, "ptmx", 0);
    make_link(dev, "pts/ptmx", "ptmx");
}

/// A /dev that somebody bind-mounted is theirs: nothing is made in it.
bool dev_is_foreign(const Spec& spec) {
    return std::any_of(spec.mounts.begin(), spec.mounts.end(), [](const Mount& mount) {
        return is_bind(mount) && fs::path{mount.destination}.lexically_normal() == "/dev";
    });
}

bool is_default(const Device& device) {
    const auto& all = default_devices();
    return std::any_of(all.begin(), all.end(), [&](const Device& each) { return each.path == device.path; });
}

}  // namespace

void detail::make_device_nodes(int root, const Spec& spec) {
    if (dev_is_foreign(spec)) return;
    const bool user_namespace = spec.find_namespace(CLONE_NEWUSER) != nullptr;
    const UniqueFd dev = open_target(root, "/dev", Create::Directory);
    for (const Device& device : default_devices()) {
        const auto own = std::find_if(spec.lnx.devices.begin(), spec.lnx.devices.end(),
                                      [&](const Device& other) { return other.path == device.path; });
        const Device& wanted = own == spec.lnx.devices.end() ? device : *own;
        make_node(dev.get(), fs::path{device.path}.filename(), wanted, user_namespace);
    }
    for (const Device& device : spec.lnx.devices) {
        if (!is_default(device)) make_device(root, device, user_namespace);
    }
    make_links(dev.get());
}

}  // namespace skiff::oci::native
