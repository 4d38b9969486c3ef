#pragma once
/// Attributes of the process itself, set by the child before it turns into the stub.

#include <string>

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
/// Host and domain name of the UTS namespace; empty ones stay.
void set_host_names(const Spec& spec);
/// Sets "lo" up, in a new network namespace.
void bring_loopback_up();
/// root in a user namespace: all three IDs 0, no supplementary groups. Tells whether setgroups(2) is denied there.
bool become_namespace_root();
/// The list of "0-3,7" as numbers. Throws ConfigInvalid.
std::vector<int> parse_cpu_list(const std::string& text);

}  // namespace skiff::oci::native
