#pragma once
/// `image mount`: images mounted on the host, read-only. Where follows from the image's ID, so nothing is recorded: it is
/// mounted when the kernel says so. Lost with the run directory's epoch, as all mounts are.

#include <filesystem>
#include <string>
#include <vector>

namespace skiff::libpod {
class Runtime;
}
namespace skiff::image {
struct ImageRecord;
}

namespace skiff::cli {

namespace fs = std::filesystem;

bool is_image_mounted(const libpod::Runtime& runtime, const std::string& id);
/// IDs of the images that are mounted.
std::vector<std::string> mounted_images(const libpod::Runtime& runtime);
/// Mounts it unless it is mounted; gives back where. Throws Error{WrongState} for an image without layers.
fs::path mount_image(libpod::Runtime& runtime, const image::ImageRecord& image);
fs::path image_mount_path(const libpod::Runtime& runtime, const std::string& id);
/// `force` detaches a mount that is in use. Absence is fine; false then. Throws Error{InUse}.
bool unmount_image(const libpod::Runtime& runtime, const std::string& id, bool force);

}  // namespace skiff::cli
