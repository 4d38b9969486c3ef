#pragma once
/// Connections that the kernel remembers: forgotten when an address or a published port changes its owner, or their packets would
/// go on to where it was. Source: linux/netfilter/nfnetlink_conntrack.h; conntrack(8).

#include <cstdint>
#include <vector>

#include "network/ip.h"

namespace skiff::network::nft {

struct Forgotten {
    std::vector<IpAddress> addresses;     ///< in any place of a connection, as it was or as it was translated
    std::vector<std::uint16_t> udp_ports; ///< of this host: what was sent there
    bool empty() const noexcept { return addresses.empty() && udp_ports.empty(); }
};

/// Deletes them in a process of its own that nobody waits for: the kernel takes milliseconds to walk its table (12 ms with
/// 262,144 buckets, empty). Failing is passed over: the entries time out by themselves. That process is also the last to
/// close `socket` (-1: none). Nothing when there is neither a socket nor anything in the kernel's table.
void finish_in_background(const Forgotten& what, int socket) noexcept;

/// The work itself. Throws SystemError.
void forget_connections(const Forgotten& what);

}  // namespace skiff::network::nft
