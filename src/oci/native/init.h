#pragma once
/// The child's side of create and exec: from the clone to the stub.

#include "oci/native/init_plan.h"

namespace skiff::oci::native {

/// Sets the container up in the namespaces that this process was cloned into, then executes the stub. Failures go to
/// the channel; never returns.
[[noreturn]] void run_init(InitPlan& plan) noexcept;

/// What a further process (exec) needs besides a plan.
struct JoinPlan {
    int pidfd = -1;           ///< of the container's init
    pid_t pid = 0;
    int flags = 0;            ///< CLONE_NEW* to join; without the PID namespace, which the clone already took
    bool user_namespace = false;
    int root = -1;            ///< of a container whose root is not that of its mount namespace; -1: it is
};
/// Joins a running container, then executes the stub. Never returns.
[[noreturn]] void run_exec(InitPlan& plan, const JoinPlan& join) noexcept;

namespace detail {
/// Common end: standard descriptors, working directory, program, message, stub.
[[noreturn]] void become_program(InitPlan& plan, const Preparation& preparation, UniqueFd terminal, UniqueFd proc, bool keep_groups);
/// NAME=VALUE list with HOME added from the container's /etc/passwd where it is missing.
std::vector<std::string> environment_of(const Process& process);
/// "" when there is none.
std::string home_in_passwd(std::string_view passwd, std::uint32_t uid);
}  // namespace detail

}  // namespace skiff::oci::native
