#pragma once
/// The runtime's side of create and exec: clones the child with everything ready, feeds it what takes longer (cgroups,
/// seccomp), and waits until the stub runs.

#include <functional>

#include "oci/native/init.h"
#include "oci/native/init_plan.h"

namespace skiff::oci::native {

struct Launch {
    InitPlan& plan;
    Channel runtime_side;
    /// Runs right after the clone: records the pid, makes cgroups, and gives back what the child waits for. A throw
    /// ends the child.
    std::function<Preparation(pid_t)> prepare;
    /// Runs while the child waits with its mounts made, in the runtime's namespaces.
    std::function<void()> runtime_hooks;
    int cgroup_fd = -1;  ///< for CLONE_INTO_CGROUP
    /// Of launch_exec: told of the child while that sets itself up; a throw ends it. May be empty: then there is no gate.
    std::function<void(pid_t)> born = {};
    UniqueFd gate = {};  ///< the writing end of plan.gate, opened when born() has returned: the program starts
};

/// Clones init into the spec's namespaces. Throws the child's Error; the child is then gone and reaped.
pid_t launch_init(Launch& launch);
/// Clones a process into the container that `join` describes.
pid_t launch_exec(Launch& launch, const JoinPlan& join);

}  // namespace skiff::oci::native
