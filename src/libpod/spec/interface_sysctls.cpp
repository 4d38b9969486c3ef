#include "libpod/spec/interface_sysctls.h"

#include "util/text.h"

namespace skiff::libpod {

bool is_interface_sysctl(const ContainerConfig& config, std::string_view key) {
    if (config.namespaces.network.kind != NamespaceKind::Bridge) return false;
    const auto parts = split(key, '.');
    const bool by_interface = parts.size() == 5 && parts[0] == "net" && (parts[2] == "conf" || parts[2] == "neigh");
    return by_interface && parts[3] != "all" && parts[3] != "default" && parts[3] != "lo";
}

}  // namespace skiff::libpod
