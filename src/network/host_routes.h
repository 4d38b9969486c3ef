#pragma once
/// What the host's own networking looks like, as far as a new network has to fit in. Source: rtnetlink(7).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "network/ip.h"
#include "network/netlink.h"

namespace skiff::network {

/// A prefix that the host uses already.
struct TakenPrefix {
    IpPrefix prefix;
    std::string link;  ///< name; may be empty
    bool is_address = false;  ///< of a link; else a route
};

/// Addresses of links and routes of every table, the default routes left out.
std::vector<TakenPrefix> taken_prefixes(NetlinkSocket& socket);

/// The link that packets to the world leave by.
struct Uplink {
    std::string name;
    std::uint32_t mtu = 1500;
    std::optional<IpAddress> address;  ///< the source address that packets get
};
/// nullopt without a default route.
std::optional<Uplink> find_uplink(NetlinkSocket& socket, Family family = Family::V4);

}  // namespace skiff::network
