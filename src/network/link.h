#pragma once
/// Links, addresses and routes by rtnetlink: one function a message, so that callers can send several at once.
/// Source: rtnetlink(7), linux/if_link.h, linux/if_addr.h, linux/rtnetlink.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/ip.h"
#include "network/netlink.h"

namespace skiff::network {

struct LinkFacts {
    int index = 0;
    std::string name;
    std::string kind;   ///< "bridge", "veth", "vrf" …; empty for hardware
    std::string alias;  ///< as `ip link` shows it
    std::uint32_t mtu = 0;
    bool up = false;
    int master = 0;     ///< index of the bridge or VRF that it belongs to, 0: none
    bool forwarding = false;  ///< as a port of its bridge
};

/// nullopt when there is no link of that name. Throws SystemError.
std::optional<LinkFacts> find_link(NetlinkSocket& socket, std::string_view name);
std::optional<LinkFacts> find_link(NetlinkSocket& socket, int index);
std::vector<LinkFacts> all_links(NetlinkSocket& socket);

// ---------------------------------------------------------------- messages

struct BridgeSpec {
    std::string name;
    MacAddress mac;  ///< its own, so that it does not change with its ports
    std::uint32_t mtu = 1500;
    bool vlan_filtering = false;
};
/// Down, with the engine's link group. EEXIST when the name is taken.
NetlinkMessage new_bridge(const BridgeSpec& spec);

struct VethSpec {
    std::string name;        ///< on this side; up at once
    int master = 0;          ///< bridge index
    std::string peer;        ///< name in the other namespace; down
    MacAddress peer_mac;
    int peer_netns = -1;     ///< descriptor
    std::uint32_t mtu = 1500;
};
NetlinkMessage new_veth(const VethSpec& spec);

/// A macvlan or ipvlan link made in another namespace.
struct SubLinkSpec {
    std::string kind;        ///< "macvlan" or "ipvlan"
    std::string name;
    int parent = 0;          ///< link index here
    int netns = -1;          ///< descriptor
    std::optional<MacAddress> mac;
    std::uint32_t mode = 0;  ///< MACVLAN_MODE_*, IPVLAN_MODE_*
    std::uint32_t mtu = 0;   ///< 0: the parent's
};
NetlinkMessage new_sub_link(const SubLinkSpec& spec);

/// A VLAN link `name` of ID `vlan` above `parent`.
NetlinkMessage new_vlan(std::string_view name, int parent, std::uint16_t vlan);

NetlinkMessage set_link_up(int index);
/// Down and out of its bridge: from here on nothing passes.
NetlinkMessage cut_off_link(std::string_view name);
/// The link-layer address that it has. With the sysctls arp_notify and ndisc_notify the kernel then tells the neighbours of
/// all its addresses: gratuitous ARP, unsolicited Neighbor Advertisement. (A packet socket would do too, but its close waits
/// for a grace period.)
NetlinkMessage set_link_mac(int index, const MacAddress& mac);
NetlinkMessage set_link_alias(int index, std::string_view alias);
NetlinkMessage set_link_master(int index, int master);
/// The port's untagged VLAN on a filtering bridge.
NetlinkMessage set_port_vlan(int index, std::uint16_t vlan);
NetlinkMessage delete_link(std::string_view name);

NetlinkMessage new_address(int index, const IpPrefix& address);
struct RouteSpec {
    IpPrefix destination;                  ///< 0.0.0.0/0, ::/0: the default route
    std::optional<IpAddress> gateway;
    int link = 0;
    std::optional<std::uint32_t> metric;
};
/// Behind those of the same destination and metric that are there.
NetlinkMessage new_route(const RouteSpec& spec);

}  // namespace skiff::network
