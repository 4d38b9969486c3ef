#pragma once
/// The volumes of a container that starts: there, mounted where they are mounts, and given their first content.

#include <map>
#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/volume/step.h"

namespace skiff::libpod {

/// What the launcher gives to a volume that is used for the first time.
struct VolumeFill {
    std::string destination;    ///< in the container's root file system
    fs::path data;              ///< the volume's
    bool content = false;       ///< what the image has there
    bool owner = false;         ///< owner and mode of that directory; where there is none, the container's user
    bool is_mount = false;      ///< `data` is the root of another file system than its parent
};

/// Holds the locks of the volumes that need work, from before the launcher to the transaction that records its success.
class [[nodiscard]] StartVolumes {
public:
    /// Takes locks in the order of names. Throws Error{NotFound} for a volume that is gone, and what a mount says.
    StartVolumes(const Runtime& runtime, const ContainerConfig& config);

    /// Host directory by volume name.
    const std::map<std::string, fs::path>& paths() const noexcept { return paths_; }
    const std::vector<VolumeFill>& fills() const noexcept { return fills_; }
    /// Within the caller's transaction.
    void finish();

private:
    void prepare_volume(VolumeRow row, const std::vector<const MountConfig*>& mounts);
    bool begin_copy(const VolumeRow& row);

    const Runtime& runtime_;
    std::vector<VolumeStep> steps_;
    std::map<std::string, fs::path> paths_;
    std::vector<VolumeFill> fills_;
};

/// fill_volume in the launcher: `rootfs` is the container's root directory, uid and gid its user's on the host.
void fill_volume(const VolumeFill& fill, int rootfs, uid_t uid, gid_t gid);

}  // namespace skiff::libpod
