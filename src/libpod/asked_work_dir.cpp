#include "libpod/asked_work_dir.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "libpod/container_config.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

bool is_below(std::string_view path, std::string_view directory) {
    return path == directory || (path.starts_with(directory) && (directory.ends_with('/') || path[directory.size()] == '/'));
}

// On a mount, or on the way to one: the mount point is made.
bool touches(std::string_view path, std::string_view mount) { return is_below(path, mount) || is_below(mount, path); }

bool is_on_a_mount(const ContainerConfig& config) {
    static constexpr std::array<std::string_view, 4> kOfEveryContainer = {"/dev", "/proc", "/sys", "/run"};
    const auto on = [&](std::string_view mount) { return touches(config.work_dir, mount); };
    return std::ranges::any_of(kOfEveryContainer, on) ||
           std::ranges::any_of(config.mounts, [&](const MountConfig& mount) { return on(mount.destination); });
}

}  // namespace

void check_asked_work_dir(const ContainerConfig& config, const std::filesystem::path& rootfs) {
    if (!config.asked.work_dir || config.work_dir == "/" || is_on_a_mount(config)) return;
    const UniqueFd root = open_directory(rootfs);
    if (open_in_root_if_exists(root.get(), config.work_dir, O_PATH | O_DIRECTORY)) return;
    throw Error{ErrorKind::CannotExecute, concat("workdir ", quote(config.work_dir), " does not exist on container ", config.id)};
}

}  // namespace skiff::libpod
