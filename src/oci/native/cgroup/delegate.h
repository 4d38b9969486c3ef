#pragma once
/// Gives a container's cgroup to the user that its process runs as, so that what it runs (systemd) can make cgroups of its own.
///
/// Source: runtime-spec, config-linux.md, Cgroup ownership; kernel, cgroup-v2, Delegation.

#include "oci/native/cgroup/cgroup.h"
#include "oci/native/spec.h"

namespace skiff::oci::native::cgroup {

/// Changes the owner of the directory and of the files that the kernel names for that. Only where the specification wants it: cgroup
/// v2 alone, a new cgroup namespace, cgroups mounted for writing, and a user other than the host's root. Throws SystemError.
void delegate(const Cgroup& group, const Spec& spec);

/// The host's user to whom the cgroup is to go; nullopt where it stays. Throws ConfigInvalid when that user is not mapped.
std::optional<uid_t> delegated_owner(const Spec& spec);

}  // namespace skiff::oci::native::cgroup
