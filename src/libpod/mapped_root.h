#pragma once
/// The root file system of a container with a user namespace: on disk it has the container's own IDs, as that of any other
/// container, and the kernel maps them. So commit, diff, export and a later start without the namespace see what they expect.

#include <filesystem>

#include "libpod/container_config.h"
#include "storage/overlay.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// For its life, this thread makes files as the container's root, and may still read and write everything: the host's root has no ID in such
/// a file system. Source: setfsuid(2); capabilities(7), "Effect of user ID changes on capabilities".
class [[nodiscard]] MappedRootUser {
public:
    explicit MappedRootUser(const ContainerConfig& config);
    MappedRootUser(const MappedRootUser&) = delete;
    MappedRootUser& operator=(const MappedRootUser&) = delete;
    ~MappedRootUser();
};

/// Whether the root of a running container, looked at from outside, shows the host's IDs.
bool shows_mapped_ids(const ContainerConfig& config);

struct MappedPlaces {
    fs::path root;    ///< ROOT, below which all directories of the overlay are
    fs::path view;    ///< where that is mounted with mapped IDs
    fs::path target;  ///< of the overlay; a directory
};
/// Mounts the overlay, in the caller's private mount namespace. Throws SystemError where ROOT's file system cannot be mounted so.
/// Source: mount_setattr(2), MOUNT_ATTR_IDMAP.
void mount_mapped_overlay(storage::OverlaySpec spec, const ContainerConfig& config, const MappedPlaces& places);

}  // namespace skiff::libpod
