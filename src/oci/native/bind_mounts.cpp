#include "oci/native/bind_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "oci/native/errors.h"
#include "oci/native/kernel.h"
#include "oci/native/mount_calls.h"
#include "oci/native/user_namespace.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

void map_ids(int tree, const Mount& mount, const MountOptions& options, const Linux& lnx) {
    const bool own = !mount.uid_mappings.empty();
    if (!own && !options.idmap) return;
    const UniqueFd namespace_fd = make_user_namespace(own ? mount.uid_mappings : lnx.uid_mappings,
                                                      own ? mount.gid_mappings : lnx.gid_mappings);
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_IDMAP;
    attributes.userns_fd = static_cast<std::uint64_t>(namespace_fd.get());
    const unsigned flags = AT_EMPTY_PATH | (options.recursive_idmap ? unsigned{AT_RECURSIVE} : 0U);
    if (kernel::mount_setattr(tree, "", flags, attributes) == 0) return;
    throw SystemError{errno, concat("mapping the owners of ", quote(mount.source)),
                      errno == EINVAL ? "its file system cannot be mounted with mapped IDs" : ""};
}

/// Propagation when the option is not named: mounts come in from the host as rootfsPropagation says, none go out.
unsigned long propagation_of(const MountOptions& options) {
    return options.propagation != 0 ? options.propagation : MS_SLAVE | MS_REC;
}

/// False when the kernel lacks a call.
bool finish(int tree, const Mount& mount, const Linux& lnx) {
    const MountOptions options = parse_mount_options(mount.options);
    map_ids(tree, mount, options, lnx);
    const unsigned long propagation = propagation_of(options);
    return set_attributes(tree, options.attr_set, options.attr_clear, 0, /*recursive=*/false, mount.destination) &&
           set_attributes(tree, options.recursive_set, options.recursive_clear, 0, true, mount.destination) &&
           set_attributes(tree, 0, 0, propagation & ~static_cast<unsigned long>(MS_REC), (propagation & MS_REC) != 0,
                          mount.destination);
}

/// Init attaches the container's root on top of "/", and would find it there in a copy of the whole tree.
bool is_host_root(const std::filesystem::path& source) {
    struct stat root {};
    struct stat status {};
    return ::stat("/", &root) == 0 && ::stat(source.c_str(), &status) == 0 && status.st_dev == root.st_dev && status.st_ino == root.st_ino;
}

/// Made by the runtime, before the clone: mounts that need its privileges over the host (mapped owners, a user namespace),
/// or the host's own propagation (shared, as rootfsPropagation is), which the new mount namespace cuts, or the host's root.
bool needs_host(const Spec& spec, const Mount& mount, const std::filesystem::path& bundle) {
    const Namespace* mounts = spec.find_namespace(CLONE_NEWNS);
    if (mounts == nullptr || !mounts->path.empty() || spec.find_namespace(CLONE_NEWUSER) != nullptr) return true;
    const MountOptions options = parse_mount_options(mount.options);
    const bool shared_with_host = (options.propagation & propagation_flags(spec.lnx.rootfs_propagation) & MS_SHARED) != 0;
    if (options.idmap || !mount.uid_mappings.empty() || shared_with_host) return true;
    return (options.recursive_bind || mount.type == "rbind") && is_host_root(bind_source(mount, bundle));
}

}  // namespace

bool is_bind(const Mount& mount) {
    return mount.type == "bind" || mount.type == "rbind" || parse_mount_options(mount.options).bind;
}

std::filesystem::path bind_source(const Mount& mount, const std::filesystem::path& bundle) {
    if (mount.source.empty()) throw ConfigInvalid{concat("config: the bind mount on ", quote(mount.destination), " has no source")};
    return bundle / mount.source;  // an absolute source replaces the bundle
}

UniqueFd prepare_bind_mount(const Spec& spec, const Mount& mount, const std::filesystem::path& bundle) {
    const bool recursive = parse_mount_options(mount.options).recursive_bind || mount.type == "rbind";
    UniqueFd tree = clone_tree(AT_FDCWD, bind_source(mount, bundle).c_str(), recursive);
    if (!tree && errno != ENOSYS) throw SystemError{errno, concat("mounting ", quote(mount.source), " on ", quote(mount.destination))};
    if (tree && !finish(tree.get(), mount, spec.lnx)) tree.reset();
    return tree;
}

std::vector<UniqueFd> prepare_bind_mounts(const Spec& spec, const std::filesystem::path& bundle) {
    std::vector<UniqueFd> prepared(spec.mounts.size());
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        const Mount& mount = spec.mounts[i];
        if (is_bind(mount) && needs_host(spec, mount, bundle)) prepared[i] = prepare_bind_mount(spec, mount, bundle);
    }
    return prepared;
}


std::filesystem::path root_path(const Spec& spec, const std::filesystem::path& bundle) { return bundle / spec.root_path; }

UniqueFd prepare_root(const Spec& spec, const std::filesystem::path& bundle) {
    const std::filesystem::path path = root_path(spec, bundle);
    UniqueFd tree = clone_tree(AT_FDCWD, path.c_str(), /*recursive=*/true);
    if (!tree && errno != ENOSYS) throw SystemError{errno, concat("opening the root file system ", quote(path.native()))};
    if (tree && !set_attributes(tree.get(), 0, 0, MS_SLAVE, /*recursive=*/true, "/")) tree.reset();
    return tree;
}

}  // namespace skiff::oci::native
