#pragma once
/// The sockets at the gateway's addresses.

#include <vector>

#include "network/dns/address.h"
#include "util/fd.h"

namespace skiff::network::dns {

struct Listener {
    IpAddress address;
    UniqueFd udp;
    UniqueFd tcp;
};

struct Listeners {
    std::uint16_t port = 0;
    std::vector<Listener> sockets;
};

/// Port `wanted` of every address; where something of the host has that already at any of them, one other port for all: `fallback`
/// (0: any), or the next that is free everywhere. Bound also while an address is not there (yet, or for a moment).
/// Throws SystemError. Source: ip(7), IP_FREEBIND.
Listeners listen_at(const std::vector<IpAddress>& addresses, std::uint16_t wanted, std::uint16_t fallback);

}  // namespace skiff::network::dns
