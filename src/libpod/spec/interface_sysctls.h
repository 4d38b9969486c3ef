#pragma once
/// Kernel parameters of an interface ("net.ipv4.conf.eth0.arp_filter"): on a network the interface comes after the OCI runtime's
/// create, so they are not the spec's but are set with the interface.

#include <string_view>

#include "libpod/container_config.h"

namespace skiff::libpod {

bool is_interface_sysctl(const ContainerConfig& config, std::string_view key);

}  // namespace skiff::libpod
