#pragma once
/// Volumes that an image asks for (VOLUME): a directory each, kept with the container and removed with it.

#include <filesystem>
#include <map>
#include <string>

#include "libpod/container_config.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// Destination to host directory, below `container_dir`/volumes, for the image's volumes of `config`.
std::map<std::string, fs::path> image_volume_sources(const fs::path& container_dir, const ContainerConfig& config);

/// Makes those that are missing, filled with what the image has at the destination (looked up below `rootfs_fd`).
void fill_image_volumes(const ContainerConfig& config, int rootfs_fd, const std::map<std::string, fs::path>& sources);

}  // namespace skiff::libpod
