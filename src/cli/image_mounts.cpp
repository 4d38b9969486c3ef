#include "cli/image_mounts.h"

#include <fcntl.h>

#include "image/image_store.h"
#include "libpod/runtime.h"
#include "storage/container_storage.h"
#include "storage/mount_point.h"
#include "storage/overlay.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

fs::path mounts_directory(const libpod::Runtime& runtime) { return runtime.options().runroot / "image-mounts"; }

}  // namespace

fs::path image_mount_path(const libpod::Runtime& runtime, const std::string& id) { return mounts_directory(runtime) / id; }

bool is_image_mounted(const libpod::Runtime& runtime, const std::string& id) { return storage::is_mount_point(image_mount_path(runtime, id)); }

std::vector<std::string> mounted_images(const libpod::Runtime& runtime) {
    const auto directory = open_at_if_exists(AT_FDCWD, mounts_directory(runtime), O_RDONLY | O_DIRECTORY);
    std::vector<std::string> ids;
    if (!directory) return ids;
    for (auto& name : list_directory(directory.get()))
        if (is_image_mounted(runtime, name)) ids.push_back(std::move(name));
    return ids;
}

fs::path mount_image(libpod::Runtime& runtime, const image::ImageRecord& image) {
    const auto path = image_mount_path(runtime, image.id);
    if (storage::is_mount_point(path)) return path;
    if (!image.top_layer) throw Error{ErrorKind::WrongState, concat("image ", image.id.substr(0, 12), ": it has no layers to mount")};
    const auto directory = make_directory(mounts_directory(runtime), 0700);
    const auto target = make_directory_at(directory.get(), image.id, 0700);
    storage::mount_overlay_at(runtime.container_storage().image_spec(*image.top_layer), path);
    return path;
}

bool unmount_image(const libpod::Runtime& runtime, const std::string& id, bool force) {
    try {
        return storage::unmount(image_mount_path(runtime, id), force);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::InUse) throw;
        throw Error{ErrorKind::InUse, concat("image ", id.substr(0, 12), ": its mount is in use"), "--force detaches it"};
    }
}

}  // namespace skiff::cli
