/// What a volume is on disk: its directory, the mount on it, its limits.

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "image/image_store.h"
#include "libpod/runtime.h"
#include "libpod/volume/quota.h"
#include "libpod/volume/step.h"
#include "storage/container_storage.h"
#include "storage/overlay.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kData = "_data";
constexpr const char* kNewData = "new";

std::string volume_option(const VolumeRow& row, const char* key) {
    const auto found = row.config.options.find(key);
    return found == row.config.options.end() ? std::string{} : found->second;
}

void give_owner(int fd, const VolumeConfig& config, const std::string& name) {
    if (!config.uid && !config.gid) return;
    constexpr auto kUnchanged = static_cast<uid_t>(-1);
    if (::fchown(fd, config.uid.value_or(kUnchanged), config.gid.value_or(kUnchanged)) != 0) {
        throw SystemError{errno, concat("setting the owner of volume ", quote(name))};
    }
}

/// mount(8), not mount(2): it knows each file system's helper and the words that are not the kernel's.
void mount_device(const VolumeRow& row, const fs::path& target) {
    std::vector<std::string> argv{"mount"};
    const std::string type = volume_option(row, "type"), device = volume_option(row, "device");
    std::string options = volume_option(row, "o");
    if (type == "bind") options = options.empty() ? "bind" : concat("bind,", options);
    else if (!type.empty()) argv.insert(argv.end(), {"-t", type});
    if (!options.empty()) argv.insert(argv.end(), {"-o", options});
    argv.insert(argv.end(), {"--", device.empty() ? type : device, target.native()});
    RunRequest request;
    request.argv = argv;
    const RunResult result = run_program(request);
    if (result.status.code == 0) return;
    throw Error{ErrorKind::System, concat("mounting volume ", quote(row.name), ": ", join(split(trim(result.err), '\n'), "; "))};
}

/// An image with a writable layer that is the volume's.
void mount_image(const Runtime& runtime, const VolumeRow& row, const fs::path& target) {
    const auto image = runtime.images().get(row.image_id);
    if (!image.top_layer) throw Error{ErrorKind::WrongState, concat("volume ", quote(row.name), ": its image has no layers")};
    auto spec = runtime.container_storage().image_spec(*image.top_layer);
    const UniqueFd directory = open_directory(volume_directory(runtime, row.name));
    for (const char* part : {"upper", "work"}) make_directory_at(directory.get(), part, 0755).reset();
    spec.read_only = false;
    spec.upper = volume_directory(runtime, row.name) / "upper";
    spec.work = volume_directory(runtime, row.name) / "work";
    storage::mount_overlay_at(spec, target);
}

}  // namespace

bool has_mount(const fs::path& path) {
    struct statx status {};
    if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) != 0) return false;
    if ((status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    struct stat here {};
    struct stat above {};
    return ::lstat(path.c_str(), &here) == 0 && ::lstat(path.parent_path().c_str(), &above) == 0 && here.st_dev != above.st_dev;
}

void make_volume_data(const Runtime& runtime, const VolumeRow& row) {
    const UniqueFd all = make_directory(volume_directory(runtime, row.name).parent_path(), 0700);
    const UniqueFd directory = make_directory_at(all.get(), row.name, 0700);
    if (open_at_if_exists(directory.get(), kData, O_PATH)) return;
    fault_point("volume:directory");
    if (row.config.project != 0) set_project_quota(directory.get(), row.config.project, row.config.size_bytes, row.config.inodes);
    const UniqueFd made = make_directory_at(directory.get(), kNewData, 0755);
    give_owner(made.get(), row.config, row.name);
    if (::renameat(directory.get(), kNewData, directory.get(), kData) != 0 && errno != ENOENT && errno != EEXIST && errno != ENOTEMPTY) {
        throw SystemError{errno, concat("making the directory of volume ", quote(row.name))};
    }
}

bool attach_volume(const Runtime& runtime, const VolumeRow& row) {
    const fs::path target = volume_path(runtime, row.name);
    if (!row.mounted || has_mount(target)) return false;
    if (row.driver == "image") mount_image(runtime, row, target);
    else mount_device(row, target);
    fault_point("volume:mounted");
    return true;
}

void detach_volume(const Runtime& runtime, const std::string& name, bool detach) {
    const fs::path target = volume_path(runtime, name);
    while (has_mount(target)) {
        if (::umount2(target.c_str(), UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0)) == 0) continue;
        const int code = errno;
        if (code == EBUSY) throw Error{ErrorKind::InUse, concat("volume ", quote(name), ": its mount is in use")};
        throw SystemError{code, concat("unmounting volume ", quote(name))};
    }
}

}  // namespace skiff::libpod
