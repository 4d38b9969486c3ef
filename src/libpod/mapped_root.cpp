#include "libpod/mapped_root.h"

#include <fcntl.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>

#include "libpod/mount_sources.h"
#include "oci/native/user_namespace.h"
#include "storage/mount_point.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

std::vector<oci::native::IdMapping> native_map(const std::vector<IdMapping>& map) {
    std::vector<oci::native::IdMapping> out;
    for (const auto& line : map) out.push_back({line.container_id, line.host_id, line.count});
    return out;
}

/// A detached mount of the one that holds `root`, with mapped IDs.
UniqueFd mapped_mount(const fs::path& root, const ContainerConfig& config) {
    UniqueFd mount = storage::clone_mount(root);
    const UniqueFd user_namespace = oci::native::make_user_namespace(native_map(config.uid_map), native_map(config.gid_map));
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_IDMAP;
    attributes.userns_fd = static_cast<std::uint64_t>(user_namespace.get());
    if (::syscall(SYS_mount_setattr, mount.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0) return mount;
    const int code = errno;
    const bool cannot = code == EINVAL || code == ENOSYS;
    throw SystemError{code, concat("mapping the owners of ", quote(root.native())), cannot ? "its file system, or this kernel, cannot be mounted with mapped IDs" : ""};
}

void lead_into(storage::OverlaySpec& spec, const fs::path& root, const fs::path& target) {
    const auto moved = [&](fs::path& path) {
        const fs::path below = path.lexically_relative(root);
        if (!path.empty() && !below.empty() && *below.begin() != "..") path = target / below;
    };
    for (auto& lower : spec.lower) moved(lower.path);
    for (fs::path* path : {&spec.link_directory, &spec.upper, &spec.work}) moved(*path);
}

}  // namespace

MappedRootUser::MappedRootUser(const ContainerConfig& config) {
    ::setfsgid(host_id(config.gid_map, 0));
    ::setfsuid(host_id(config.uid_map, 0));
    const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> all{::cap_get_proc(), ::cap_free};
    const bool raised = all && ::cap_fill(all.get(), CAP_EFFECTIVE, CAP_PERMITTED) == 0 && ::cap_set_proc(all.get()) == 0;
    if (!raised) throw SystemError{errno, "keeping capabilities for a mapped root file system"};
}

MappedRootUser::~MappedRootUser() {
    ::setfsuid(0);
    ::setfsgid(0);
}

bool shows_mapped_ids(const ContainerConfig& config) { return !config.uid_map.empty() && config.rootfs.empty(); }

void mount_mapped_overlay(storage::OverlaySpec spec, const ContainerConfig& config, const MappedPlaces& places) {
    const UniqueFd directory = make_directory(places.view, 0711);
    storage::attach_mount(mapped_mount(places.root, config).get(), places.view);
    lead_into(spec, places.root, places.view);
    // Overlayfs makes its own directories, and what is copied up, as who mounted it.
    const MappedRootUser user{config};
    storage::mount_overlay_at(spec, places.target);
}

}  // namespace skiff::libpod
