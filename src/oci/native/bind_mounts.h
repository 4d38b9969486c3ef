#pragma once
/// Bind mounts, made whole by the runtime in the host's view before init exists: source resolved once, attributes,
/// mappings and propagation set, attached nowhere.

#include <filesystem>
#include <vector>

#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native {

bool is_bind(const Mount& mount);
/// The source of a bind mount; a relative one is below the bundle.
std::filesystem::path bind_source(const Mount& mount, const std::filesystem::path& bundle);

/// One descriptor per mount of the spec; empty for those that are no bind mounts, and for all when the kernel has no
/// open_tree(2) or mount_setattr(2). Throws SystemError naming source and target.
std::vector<UniqueFd> prepare_bind_mounts(const Spec& spec, const std::filesystem::path& bundle);

/// The detached tree at root.path, without propagation to the host; empty without open_tree(2).
UniqueFd prepare_root(const Spec& spec, const std::filesystem::path& bundle);

/// The rootfs directory of the spec.
std::filesystem::path root_path(const Spec& spec, const std::filesystem::path& bundle);

}  // namespace skiff::oci::native
