#pragma once
/// `network create` as it stands on the command line, and its translation to a network's configuration. What depends on the
/// host and on other networks (a free subnet, a free bridge name) is libpod/network_create.h's.

#include <string>
#include <string_view>
#include <vector>

#include "network/config.h"

namespace skiff::libpod {

struct NetworkCreateFlags {
    std::string name;                    ///< empty: the engine invents one
    std::string driver = "bridge";
    std::vector<std::string> subnets, gateways, ranges, routes;
    std::vector<std::string> options, labels, dns;
    std::string interface_name, ipam_driver;
    bool internal = false, ipv6 = false, disable_dns = false;
};

/// Without id, and with the subnets that were given only. Throws Error{Invalid} naming flag and value, Error{Unsupported} for
/// drivers that there are not. Source: podman-network-create(1).
network::NetworkConfig parse_network_create(const NetworkCreateFlags& flags);

/// Whether containers get addresses and names by it: subnets are then chosen where none is given.
bool has_address_management(const network::NetworkConfig& config);

}  // namespace skiff::libpod
