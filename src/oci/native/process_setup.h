#pragma once
/// Attributes of the process itself, set by the child before it turns into the stub.

#include <string>
#include <string_view>
#include <vector>

#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native {

/// A session keyring of its own. Where the kernel has none, or no room, the caller's stays. Source: keyctl(2).
void join_session_keyring(const std::string& name);
/// Scheduling policy, I/O priority, CPU affinity ("0-3,7"; empty: unchanged), execution domain.
void set_scheduler(const Scheduler& scheduler);
void set_io_priority(const IoPriority& priority);
void set_cpu_affinity(const std::string& cpus);
void set_personality(std::uint64_t persona);
/// NUMA policy, inherited by the program. Throws Error{Unsupported} where the kernel has none.
void set_memory_policy(const MemoryPolicy& policy);
/// Host and domain name of the UTS namespace; empty ones stay.
void set_host_names(const Spec& spec);
/// Sets "lo" up, in a new network namespace.
void bring_loopback_up();
/// root in a user namespace: all three IDs 0, and no supplementary groups but for `keep_groups`. Tells whether the
/// groups stay as they are, also because setgroups(2) is denied there.
bool become_namespace_root(bool keep_groups);
/// The list of "0-3,7" as numbers below `limit`; `what` names its kind ("CPUs"). Throws ConfigInvalid.
std::vector<int> parse_list(const std::string& text, int limit, std::string_view what);

}  // namespace skiff::oci::native
