#pragma once
/// --network and the flags beside it.

#include <string>
#include <string_view>
#include <vector>

#include "libpod/config_types.h"
#include "libpod/network_request.h"

namespace skiff::libpod {

/// As they stand on the command line.
struct NetworkFlags {
    std::vector<std::string> network;  ///< --network, --net
    std::string ip, ip6, mac_address;
    std::vector<std::string> aliases;  ///< --network-alias
};

struct NetworkChoice {
    NamespaceMode mode;                    ///< Default: not said
    std::vector<NetworkRequest> networks;  ///< with Bridge
};

/// "bridge", NAME[:alias=…,ip=…,ip6=…,mac=…,interface_name=…,…] (several), none, host, private, container:NAME, ns:PATH.
/// Throws Error{Invalid}, and Error{Unsupported} for slirp4netns and pasta. Source: podman-run(1), --network.
NetworkChoice parse_network_flags(const NetworkFlags& flags);

/// Values that `network connect` shares. Throw Error{Invalid} naming `flag`.
network::IpAddress parse_address(std::string_view flag, std::string_view text, network::Family family);
network::MacAddress parse_mac(std::string_view flag, std::string_view text);
/// A name that the DNS responder will give.
void check_alias(std::string_view flag, std::string_view alias);

}  // namespace skiff::libpod
