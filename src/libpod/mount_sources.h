#pragma once
/// What a user's mount shows, made ready by the launcher in its private mount namespace: volumes filled, overlays and images
/// mounted, parts looked up, owners changed.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/volume/start.h"
#include "storage/overlay.h"

namespace skiff::libpod {

namespace fs = std::filesystem;
class Runtime;

/// What only the database knows.
struct MountPlan {
    std::map<std::string, fs::path> volumes;              ///< by name
    std::vector<VolumeFill> fills;
    std::map<std::string, storage::OverlaySpec> images;   ///< by destination
    fs::path container_dir;                               ///< ROOT/containers/<id>: overlays/<n> is for writable layers
};
MountPlan mount_plan(const Runtime& runtime, const ContainerConfig& config, const StartVolumes& volumes);

/// The container's user on the host, and where its file system is.
struct MountOwner {
    int rootfs = -1;
    uid_t uid = 0;
    gid_t gid = 0;
};
/// Source by destination, of the mounts that need more than their configuration says. What is mounted for it lies below
/// `run_dir`/sources. Throws naming the destination.
std::map<std::string, fs::path> make_mount_sources(const ContainerConfig& config, const MountPlan& plan, const fs::path& run_dir, const MountOwner& owner);

/// The ID on the host of a container's user or group.
std::uint32_t host_id(const std::vector<IdMapping>& map, std::uint32_t id);

}  // namespace skiff::libpod
