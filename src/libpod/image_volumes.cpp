#include "libpod/image_volumes.h"

#include <fcntl.h>

#include "util/copy_tree.h"
#include "util/error.h"
#include "util/files.h"
#include "util/random.h"
#include "util/sha256.h"

namespace skiff::libpod {
namespace {

bool is_image_volume(const MountConfig& mount) { return mount.kind == MountKind::Volume && mount.from_image; }

/// Filled beside its place and renamed, so that a crash leaves either nothing or all of it.
void make_volume(const MountConfig& mount, int rootfs_fd, const fs::path& directory) {
    const UniqueFd parent = make_directory(directory.parent_path(), 0700);
    if (open_at_if_exists(parent.get(), directory.filename(), O_PATH)) return;
    const std::string staging = ".new-" + random_hex(8);
    {
        const UniqueFd made = make_directory_at(parent.get(), staging, 0755);
        const UniqueFd content = open_in_root_if_exists(rootfs_fd, mount.destination, O_RDONLY | O_DIRECTORY);
        if (content && mount.copy) copy_tree(content.get(), made.get());
    }
    if (::renameat(parent.get(), staging.c_str(), parent.get(), directory.filename().c_str()) != 0) {
        throw SystemError{errno, "putting a volume in place"};
    }
}

}  // namespace

std::map<std::string, fs::path> image_volume_sources(const fs::path& container_dir, const ContainerConfig& config) {
    std::map<std::string, fs::path> sources;
    for (const auto& mount : config.mounts) {
        if (is_image_volume(mount)) sources[mount.destination] = container_dir / "volumes" / sha256_hex(mount.destination).substr(0, 16);
    }
    return sources;
}

void fill_image_volumes(const ContainerConfig& config, int rootfs_fd, const std::map<std::string, fs::path>& sources) {
    for (const auto& mount : config.mounts) {
        if (is_image_volume(mount)) make_volume(mount, rootfs_fd, sources.at(mount.destination));
    }
}

}  // namespace skiff::libpod
