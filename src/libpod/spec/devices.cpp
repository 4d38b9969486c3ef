#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>

#include "libpod/parse/refuse.h"
#include "libpod/spec/inputs.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr int kDeepest = 16;

DeviceNode node_of(const struct stat& info, const std::string& path, const std::string& permissions) {
    DeviceNode node;
    node.path = path;
    node.type = S_ISBLK(info.st_mode) ? 'b' : 'c';
    node.major = static_cast<std::int64_t>(major(info.st_rdev));
    node.minor = static_cast<std::int64_t>(minor(info.st_rdev));
    node.mode = info.st_mode & 07777U;
    node.uid = info.st_uid;
    node.gid = info.st_gid;
    node.permissions = permissions;
    return node;
}

bool is_device(const struct stat& info) { return S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode); }

/// Every device below `dir`, links and foreign file systems left out. `skip` names entries of the top directory.
void add_tree(int dir, const std::string& container_path, const std::string& permissions, bool top_of_dev, int depth,
              std::vector<DeviceNode>& out) {
    // Pseudo-terminals, console and shared memory are the container's own; the others are directories of links or mounts.
    static constexpr std::array<std::string_view, 8> kOwn{"pts", "shm", "mqueue", "console", "fd", "hugepages", ".lxc", ".udev"};
    auto names = list_directory(dir);
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        if (top_of_dev && std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end()) continue;
        struct stat info {};
        if (::fstatat(dir, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile: devices come and go
        if (is_device(info)) out.push_back(node_of(info, concat(container_path, "/", name), permissions));
        if (!S_ISDIR(info.st_mode) || depth >= kDeepest) continue;
        const UniqueFd below = open_at_if_exists(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (below) add_tree(below.get(), concat(container_path, "/", name), permissions, false, depth + 1, out);
    }
}

void add_device(const DeviceConfig& device, std::vector<DeviceNode>& out) {
    struct stat info {};
    if (::stat(device.host_path.c_str(), &info) != 0) {
        const auto what = concat("device ", quote(device.host_path));
        if (errno == ENOENT) throw Error{ErrorKind::NotFound, concat(what, " does not exist")};
        throw SystemError{errno, what};
    }
    if (is_device(info)) {
        out.push_back(node_of(info, device.container_path, device.permissions));
        return;
    }
    if (!S_ISDIR(info.st_mode)) throw Error{ErrorKind::Invalid, concat(quote(device.host_path), " is not a device")};
    const auto before = out.size();
    add_tree(open_directory(device.host_path).get(), device.container_path, device.permissions, false, 0, out);
    if (out.size() == before) throw Error{ErrorKind::Invalid, concat("no devices below ", quote(device.host_path))};
}

bool is_virtual_console(const DeviceNode& node) {
    constexpr std::string_view kPrefix = "/dev/tty";
    return node.path.size() > kPrefix.size() && node.path.starts_with(kPrefix) && consists_of(node.path.substr(kPrefix.size()), "0123456789");
}

}  // namespace

std::vector<DeviceNode> collect_devices(const ContainerConfig& config) {
    std::vector<DeviceNode> named;
    for (const auto& device : config.devices) add_device(device, named);
    if (!config.privileged) return named;
    std::vector<DeviceNode> all;
    add_tree(open_directory("/dev").get(), "/dev", "rwm", true, 0, all);
    if (config.integration.systemd) std::erase_if(all, is_virtual_console);  // a getty inside would take the host's
    for (auto& node : named) {
        const bool known = std::any_of(all.begin(), all.end(), [&](const auto& other) { return other.path == node.path; });
        if (!known) all.push_back(std::move(node));
    }
    return all;
}

}  // namespace skiff::libpod
