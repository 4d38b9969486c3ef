#pragma once
/// Bind mounts, made whole before they are attached: source resolved once, attributes, mappings and propagation set. Init
/// makes them when their turn comes, so that the table of mounts, which the kernel sorts by age, shows the order of the
/// spec; those that need the host's privileges or propagation are made by the runtime before init exists.

#include <filesystem>
#include <vector>

#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native {

bool is_bind(const Mount& mount);
/// The source of a bind mount; a relative one is below the bundle.
std::filesystem::path bind_source(const Mount& mount, const std::filesystem::path& bundle);

/// One of them, attached nowhere; empty when the kernel has no open_tree(2) or mount_setattr(2). Throws SystemError naming
/// source and target.
UniqueFd prepare_bind_mount(const Spec& spec, const Mount& mount, const std::filesystem::path& bundle);
/// One descriptor per mount of the spec; empty for those that init makes.
std::vector<UniqueFd> prepare_bind_mounts(const Spec& spec, const std::filesystem::path& bundle);

/// The detached tree at root.path, without propagation to the host; empty without open_tree(2).
UniqueFd prepare_root(const Spec& spec, const std::filesystem::path& bundle);

/// The rootfs directory of the spec.
std::filesystem::path root_path(const Spec& spec, const std::filesystem::path& bundle);

}  // namespace skiff::oci::native
