#include "network/link.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/text.h"

namespace skiff::network {
namespace {

/// Links that the engine makes on the host belong to this group ("skif"): `ip link show group 1936419174`.
constexpr std::uint32_t kLinkGroup = 0x736b6966;
/// Who made a route. Source: rtnetlink.h, RTPROT_STATIC: by an administrator, or for him.
constexpr std::uint8_t kRouteProtocol = RTPROT_STATIC;

ifinfomsg link_header(int index, unsigned flags = 0, unsigned change = 0) {
    ifinfomsg header{};
    header.ifi_family = AF_UNSPEC;
    header.ifi_index = index;
    header.ifi_flags = flags;
    header.ifi_change = change;
    return header;
}

constexpr std::uint16_t kCreate = NLM_F_CREATE | NLM_F_EXCL;

LinkFacts facts_of(const NetlinkReply& reply) {
    const auto* header = reply.header<ifinfomsg>();
    const auto attributes = reply.attributes<ifinfomsg>();
    LinkFacts facts;
    if (header == nullptr) return facts;
    facts.index = header->ifi_index;
    facts.up = (header->ifi_flags & IFF_UP) != 0;
    facts.name = attributes.string(IFLA_IFNAME);
    facts.kind = attributes.nest(IFLA_LINKINFO).string(IFLA_INFO_KIND);
    facts.alias = attributes.string(IFLA_IFALIAS);
    facts.mtu = attributes.u32(IFLA_MTU).value_or(0);
    const auto port = attributes.nest(IFLA_LINKINFO).nest(IFLA_INFO_SLAVE_DATA).u8(IFLA_BRPORT_STATE);
    facts.forwarding = port == BR_STATE_FORWARDING;
    facts.master = static_cast<int>(attributes.u32(IFLA_MASTER).value_or(0));
    return facts;
}

std::optional<LinkFacts> found_link(NetlinkSocket& socket, NetlinkMessage query, std::string_view what) {
    std::optional<LinkFacts> found;
    const auto result = socket.get(std::move(query), [&](const NetlinkReply& reply) { found = facts_of(reply); });
    if (!result.ok() && result.error != ENODEV) throw SystemError{result.error, concat("looking for link ", what), result.message};
    return found;
}

/// A veth is made with a queue for each processor and then uses one of them: the kernel waits a grace period for each end to
/// switch the others off. Asking for one at once is the same link without the wait.
NetlinkMessage& one_queue(NetlinkMessage& message) { return message.u32(IFLA_NUM_TX_QUEUES, 1).u32(IFLA_NUM_RX_QUEUES, 1); }

}  // namespace

std::optional<LinkFacts> find_link(NetlinkSocket& socket, std::string_view name) {
    NetlinkMessage query{RTM_GETLINK, 0};
    query.header(link_header(0)).string(IFLA_IFNAME, name);
    return found_link(socket, std::move(query), quote(name));
}

std::optional<LinkFacts> find_link(NetlinkSocket& socket, int index) {
    NetlinkMessage query{RTM_GETLINK, 0};
    query.header(link_header(index));
    return found_link(socket, std::move(query), std::to_string(index));
}

std::vector<LinkFacts> all_links(NetlinkSocket& socket) {
    std::vector<LinkFacts> links;
    NetlinkMessage query{RTM_GETLINK, NLM_F_DUMP};
    query.header(link_header(0));
    socket.dump(std::move(query), [&](const NetlinkReply& reply) {
        if (reply.type == RTM_NEWLINK) links.push_back(facts_of(reply));
    });
    return links;
}

NetlinkMessage new_bridge(const BridgeSpec& spec) {
    NetlinkMessage message{RTM_NEWLINK, kCreate};
    message.header(link_header(0)).string(IFLA_IFNAME, spec.name).u32(IFLA_MTU, spec.mtu).u32(IFLA_GROUP, kLinkGroup).attribute(IFLA_ADDRESS, spec.mac.bytes);
    message.nest(IFLA_LINKINFO, [&](NetlinkMessage& info) {
        info.string(IFLA_INFO_KIND, "bridge");
        if (spec.vlan_filtering) info.nest(IFLA_INFO_DATA, [](NetlinkMessage& data) { data.u8(IFLA_BR_VLAN_FILTERING, 1); });
    });
    return message;
}

NetlinkMessage new_veth(const VethSpec& spec) {
    NetlinkMessage message{RTM_NEWLINK, kCreate};
    message.header(link_header(0, IFF_UP, IFF_UP)).string(IFLA_IFNAME, spec.name).u32(IFLA_MTU, spec.mtu).u32(IFLA_GROUP, kLinkGroup);
    if (spec.master != 0) message.u32(IFLA_MASTER, static_cast<std::uint32_t>(spec.master));
    one_queue(message).nest(IFLA_LINKINFO, [&](NetlinkMessage& info) {
        info.string(IFLA_INFO_KIND, "veth").nest(IFLA_INFO_DATA, [&](NetlinkMessage& data) {
            data.nest(VETH_INFO_PEER, [&](NetlinkMessage& peer) {
                const auto header = link_header(0);  // it can come up only once it has its other end
                peer.append(&header, sizeof header);
                peer.string(IFLA_IFNAME, spec.peer).u32(IFLA_MTU, spec.mtu).attribute(IFLA_ADDRESS, spec.peer_mac.bytes);
                one_queue(peer).u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(spec.peer_netns));
            });
        });
    });
    return message;
}

NetlinkMessage new_sub_link(const SubLinkSpec& spec) {
    NetlinkMessage message{RTM_NEWLINK, kCreate};
    message.header(link_header(0)).string(IFLA_IFNAME, spec.name).u32(IFLA_LINK, static_cast<std::uint32_t>(spec.parent));
    message.u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(spec.netns));
    if (spec.mac) message.attribute(IFLA_ADDRESS, spec.mac->bytes);
    if (spec.mtu != 0) message.u32(IFLA_MTU, spec.mtu);
    message.nest(IFLA_LINKINFO, [&](NetlinkMessage& info) {
        info.string(IFLA_INFO_KIND, spec.kind).nest(IFLA_INFO_DATA, [&](NetlinkMessage& data) {
            if (spec.kind == "macvlan") data.u32(IFLA_MACVLAN_MODE, spec.mode);
            else data.u16(IFLA_IPVLAN_MODE, static_cast<std::uint16_t>(spec.mode));
        });
    });
    return message;
}

NetlinkMessage new_vlan(std::string_view name, int parent, std::uint16_t vlan) {
    NetlinkMessage message{RTM_NEWLINK, kCreate};
    message.header(link_header(0, IFF_UP, IFF_UP)).string(IFLA_IFNAME, name).u32(IFLA_LINK, static_cast<std::uint32_t>(parent)).u32(IFLA_GROUP, kLinkGroup);
    message.nest(IFLA_LINKINFO, [&](NetlinkMessage& info) {
        info.string(IFLA_INFO_KIND, "vlan").nest(IFLA_INFO_DATA, [&](NetlinkMessage& data) { data.u16(IFLA_VLAN_ID, vlan); });
    });
    return message;
}

NetlinkMessage set_link_up(int index) {
    NetlinkMessage message{RTM_NEWLINK, 0};
    message.header(link_header(index, IFF_UP, IFF_UP));
    return message;
}

NetlinkMessage cut_off_link(std::string_view name) {
    NetlinkMessage message{RTM_NEWLINK, 0};
    message.header(link_header(0, 0, IFF_UP)).string(IFLA_IFNAME, name).u32(IFLA_MASTER, 0);
    return message;
}

NetlinkMessage set_link_mac(int index, const MacAddress& mac) {
    NetlinkMessage message{RTM_NEWLINK, 0};
    message.header(link_header(index)).attribute(IFLA_ADDRESS, mac.bytes);
    return message;
}

NetlinkMessage set_link_alias(int index, std::string_view alias) {
    NetlinkMessage message{RTM_NEWLINK, 0};
    message.header(link_header(index)).string(IFLA_IFALIAS, alias);
    return message;
}

NetlinkMessage set_link_master(int index, int master) {
    NetlinkMessage message{RTM_NEWLINK, 0};
    message.header(link_header(index)).u32(IFLA_MASTER, static_cast<std::uint32_t>(master));
    return message;
}

NetlinkMessage set_port_vlan(int index, std::uint16_t vlan) {
    NetlinkMessage message{RTM_SETLINK, 0};
    auto header = link_header(index);
    header.ifi_family = AF_BRIDGE;
    message.header(header).nest(IFLA_AF_SPEC, [&](NetlinkMessage& spec) {
        bridge_vlan_info info{};
        info.flags = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
        info.vid = vlan;
        spec.attribute(IFLA_BRIDGE_VLAN_INFO, &info, sizeof info);
    });
    return message;
}

NetlinkMessage delete_link(std::string_view name) {
    NetlinkMessage message{RTM_DELLINK, 0};
    message.header(link_header(0)).string(IFLA_IFNAME, name);
    return message;
}

NetlinkMessage new_address(int index, const IpPrefix& address) {
    ifaddrmsg header{};
    header.ifa_family = static_cast<std::uint8_t>(address.address.socket_family());
    header.ifa_prefixlen = static_cast<std::uint8_t>(address.length);
    header.ifa_index = static_cast<std::uint32_t>(index);
    // The lease makes it unique: a probe for duplicates would only delay the first packet by a second.
    header.ifa_flags = address.address.is_v4() ? 0 : IFA_F_NODAD;
    NetlinkMessage message{RTM_NEWADDR, kCreate};
    message.header(header).attribute(IFA_LOCAL, address.address.bytes(), address.address.size());
    message.attribute(IFA_ADDRESS, address.address.bytes(), address.address.size());
    if (address.address.is_v4() && address.length < 31) {
        const IpAddress broadcast = address.last();
        message.attribute(IFA_BROADCAST, broadcast.bytes(), broadcast.size());
    }
    return message;
}

NetlinkMessage new_route(const RouteSpec& spec) {
    rtmsg header{};
    header.rtm_family = static_cast<std::uint8_t>(spec.destination.address.socket_family());
    header.rtm_dst_len = static_cast<std::uint8_t>(spec.destination.length);
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = kRouteProtocol;
    header.rtm_scope = spec.gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    header.rtm_type = RTN_UNICAST;
    NetlinkMessage message{RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND};
    message.header(header).u32(RTA_OIF, static_cast<std::uint32_t>(spec.link));
    const IpAddress destination = spec.destination.first();
    if (spec.destination.length > 0) message.attribute(RTA_DST, destination.bytes(), destination.size());
    if (spec.gateway) message.attribute(RTA_GATEWAY, spec.gateway->bytes(), spec.gateway->size());
    if (spec.metric) message.u32(RTA_PRIORITY, *spec.metric);
    return message;
}

}  // namespace skiff::network
