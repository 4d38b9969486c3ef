#pragma once
/// Names of the spec and their numbers in the kernel.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::oci::native {

/// "CAP_CHOWN" (any case, prefix optional) to its number. Source: capabilities(7).
std::optional<int> capability_number(std::string_view name);
std::string capability_name(int number);
/// The highest capability of this kernel: /proc/sys/kernel/cap_last_cap, else what this build knows.
int last_capability();

/// "RLIMIT_NOFILE" to RLIMIT_NOFILE. Source: getrlimit(2).
std::optional<int> rlimit_number(std::string_view name);
std::string rlimit_name(int resource);

/// "mount", "pid", "network", "ipc", "uts", "user", "cgroup", "time" to CLONE_NEW*.
std::optional<int> namespace_flag(std::string_view type);
/// CLONE_NEW* to the name of its file below /proc/PID/ns.
const char* namespace_file(int flag);
/// All kinds of namespaces, in the spec's words.
std::vector<std::string> namespace_types();
std::vector<std::string> capability_names();

}  // namespace skiff::oci::native
