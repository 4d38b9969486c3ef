#pragma once
/// Kernel parameters of a container: only those that its own namespaces hold.
///
/// Source: runtime-spec, config-linux.md, Sysctl; namespaces(7), ipc_namespaces(7).

#include <map>
#include <string>
#include <string_view>

namespace skiff::oci::native {

struct Spec;

/// "net.ipv4.ip_forward" to "net/ipv4/ip_forward"; a name with a slash keeps its dots ("net/ipv4/conf/eth0.1/…").
/// Throws ConfigInvalid for a name that could lead elsewhere.
std::string sysctl_path(std::string_view name);
/// Throws ConfigInvalid unless every name belongs to a namespace that the container does not share with the host.
void check_sysctls(const Spec& spec);
/// Writes them below `proc_root`, a verified procfs of the container's namespaces. Throws SystemError naming one.
void write_sysctls(int proc_root, const std::map<std::string, std::string>& sysctls);

}  // namespace skiff::oci::native
