#pragma once
/// The root file system of a container for reading and writing from outside, running or not.

#include <optional>
#include <string>
#include <vector>

#include "libpod/container.h"
#include "state/file_lock.h"
#include "storage/overlay.h"
#include "util/digest.h"
#include "util/fd.h"

namespace skiff::libpod {

/// A descriptor (O_PATH or better) of a container's root directory. Running or initialized: what its processes see, volumes and
/// tmpfs included. Otherwise: its overlay, mounted detached (nothing in any mount table) under the operation lock, which is held
/// as long as this lives; the kernel must confirm that nobody else has the upper directory.
class [[nodiscard]] ContainerRoot {
public:
    explicit ContainerRoot(Container& container);
    int fd() const noexcept { return root_.get(); }
    bool running() const noexcept { return !lock_; }

private:
    state::FileLock lock_;
    UniqueFd root_;
};

/// The container's writable layer over its image or directory; nullopt for a container on a directory of the host itself.
std::optional<storage::OverlaySpec> container_overlay(const Runtime& runtime, const ContainerConfig& config);
/// The files of an image, read-only and detached.
UniqueFd open_image_root(const Runtime& runtime, const Digest& top_layer);
/// All of a container's file system, read-only and detached, running or not, without what is mounted in it.
UniqueFd mount_for_reading(const Runtime& runtime, const ContainerConfig& config);

/// The container's root file system as a tar stream.
void export_container(Container& container, const std::function<void(std::string_view)>& sink);

}  // namespace skiff::libpod
