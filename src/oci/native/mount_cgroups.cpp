#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "oci/native/kernel.h"
#include "oci/native/mount_calls.h"
#include "oci/native/rootfs.h"
#include "oci/native/rootfs_path.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

using cgroup::Hierarchy;

constexpr std::uint64_t kAttributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

/// The container's own cgroup directory of one hierarchy, as its view of it: seen through the cgroup namespace that is
/// the root, and nothing above can be reached.
void bind_directory(const fs::path& source, int target, std::uint64_t attributes, const std::string& shown) {
    const UniqueFd tree = clone_tree(AT_FDCWD, source.c_str(), /*recursive=*/false);
    if (tree && set_attributes(tree.get(), attributes, 0, MS_PRIVATE, /*recursive=*/false, shown)) {
        attach(tree.get(), target, shown);
        return;
    }
    if (errno != ENOSYS) throw SystemError{errno, concat("mounting ", quote(shown))};
    mount_by_path(source.c_str(), target, nullptr, MS_BIND, nullptr, shown);
}

std::string name_of(const Hierarchy& hierarchy) {
    const std::string name = hierarchy.mount_point.filename();
    const bool named = hierarchy.controllers.starts_with("name=");
    return named ? hierarchy.controllers.substr(5) : name.empty() ? hierarchy.controllers : name;
}

void link_controllers(int directory, const Hierarchy& hierarchy, const std::string& name) {
    const std::vector<std::string> parts = split(hierarchy.controllers, ',');
    if (parts.size() < 2) return;
    for (const std::string& part : parts) {
        if (part != name) ::symlinkat(name.c_str(), directory, part.c_str());
    }
}

void mount_below(int directory, const InitPlan& plan, const Hierarchy& hierarchy, const std::string& name,
                 std::uint64_t attributes, const std::string& shown) {
    if (::mkdirat(directory, name.c_str(), 0755) != 0 && errno != EEXIST) throw SystemError{errno, concat("making ", quote(shown))};
    const UniqueFd target{::openat(directory, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!target) throw SystemError{errno, concat("opening ", quote(shown))};
    bind_directory(hierarchy.directory(plan.cgroup->path()), target.get(), attributes, concat(shown, "/", name));
}

void mount_legacy(int root, const InitPlan& plan, const Mount& mount, const MountOptions& options) {
    MountOptions top;
    top.attr_set = kAttributes;
    top.flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    top.data = {"mode=755"};
    const UniqueFd covered = open_target(root, mount.destination, Create::Directory);
    mount_filesystem("tmpfs", "tmpfs", top, covered.get(), mount.destination);
    const UniqueFd place = open_target(root, mount.destination, Create::Nothing);
    const UniqueFd directory = reopen(place.get(), O_RDONLY | O_DIRECTORY, mount.destination);
    const std::uint64_t attributes = kAttributes | (options.attr_set & MOUNT_ATTR_RDONLY);
    for (const Hierarchy& hierarchy : plan.cgroup->layout().v1) {
        const std::string name = name_of(hierarchy);
        mount_below(directory.get(), plan, hierarchy, name, attributes, mount.destination);
        link_controllers(directory.get(), hierarchy, name);
    }
    if (const auto& unified = plan.cgroup->layout().unified) {
        mount_below(directory.get(), plan, *unified, "unified", attributes, mount.destination);
    }
    if ((options.flags & MS_RDONLY) == 0) return;
    if (!set_attributes(place.get(), MOUNT_ATTR_RDONLY, 0, 0, /*recursive=*/false, mount.destination)) {
        mount_by_path(nullptr, place.get(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | top.flags, nullptr, mount.destination);
    }
}

}  // namespace

void detail::mount_cgroups(int root, const InitPlan& plan, const Mount& mount) {
    const MountOptions options = parse_mount_options(mount.options);
    if (plan.cgroup->layout().mode != cgroup::Mode::Unified) return mount_legacy(root, plan, mount, options);
    const UniqueFd target = open_target(root, mount.destination, Create::Directory);
    const std::uint64_t attributes = kAttributes | (options.attr_set & MOUNT_ATTR_RDONLY);
    bind_directory(plan.cgroup->layout().unified->directory(plan.cgroup->path()), target.get(), attributes, mount.destination);
}

}  // namespace skiff::oci::native
