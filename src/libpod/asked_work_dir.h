#pragma once
/// --workdir names a directory of the container: it is not made, as the image's own working directory is.

#include <filesystem>

namespace skiff::libpod {

struct ContainerConfig;

/// `rootfs`: where the container's root file system is mounted, without the mounts inside of it; what lies on or above one of those is
/// not looked for. Throws Error{CannotExecute} when --workdir was given and there is no such directory.
/// Source: podman-run(1), --workdir; exit status 126 as podman.
void check_asked_work_dir(const ContainerConfig& config, const std::filesystem::path& rootfs);

}  // namespace skiff::libpod
