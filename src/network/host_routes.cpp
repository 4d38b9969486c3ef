#include "network/host_routes.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <map>

#include "network/link.h"

namespace skiff::network {
namespace {

std::optional<IpAddress> address_of(unsigned char socket_family, std::span<const std::uint8_t> bytes) {
    if (socket_family == AF_INET && bytes.size() == 4) return IpAddress::from_bytes(Family::V4, bytes.data());
    if (socket_family == AF_INET6 && bytes.size() == 16) return IpAddress::from_bytes(Family::V6, bytes.data());
    return std::nullopt;
}

/// Link-local and multicast prefixes are on every link.
bool is_everywhere(const IpPrefix& prefix) {
    static const IpPrefix kLinkLocal6 = *IpPrefix::parse("fe80::/10");
    return prefix.address.is_multicast() || kLinkLocal6.contains(prefix.address);
}

class Collector {
public:
    explicit Collector(NetlinkSocket& socket) : socket_{socket} {
        for (const auto& link : all_links(socket)) names_[link.index] = link.name;
    }

    std::vector<TakenPrefix> collect() {
        NetlinkMessage addresses{RTM_GETADDR, NLM_F_DUMP};
        socket_.dump(std::move(addresses.header(ifaddrmsg{})), [this](const NetlinkReply& reply) { take_address(reply); });
        for (const auto family : {AF_INET, AF_INET6}) {
            rtmsg header{};
            header.rtm_family = static_cast<unsigned char>(family);
            NetlinkMessage routes{RTM_GETROUTE, NLM_F_DUMP};
            socket_.dump(std::move(routes.header(header)), [this](const NetlinkReply& reply) { take_route(reply); });
        }
        return std::move(taken_);
    }

private:
    void take_address(const NetlinkReply& reply) {
        const auto* header = reply.header<ifaddrmsg>();
        if (reply.type != RTM_NEWADDR || header == nullptr) return;
        const auto address = address_of(header->ifa_family, reply.attributes<ifaddrmsg>().get(IFA_ADDRESS));
        if (address) add({*address, header->ifa_prefixlen}, static_cast<int>(header->ifa_index), /*is_address=*/true);
    }
    void take_route(const NetlinkReply& reply) {
        const auto* header = reply.header<rtmsg>();
        if (reply.type != RTM_NEWROUTE || header == nullptr || header->rtm_dst_len == 0) return;
        const auto attributes = reply.attributes<rtmsg>();
        const auto destination = address_of(header->rtm_family, attributes.get(RTA_DST));
        if (destination) add({*destination, header->rtm_dst_len}, static_cast<int>(attributes.u32(RTA_OIF).value_or(0)), /*is_address=*/false);
    }
    void add(const IpPrefix& prefix, int link, bool is_address) {
        if (is_everywhere(prefix)) return;
        const auto name = names_.find(link);
        taken_.push_back({prefix.subnet(), name == names_.end() ? std::string{} : name->second, is_address});
    }

    NetlinkSocket& socket_;
    std::map<int, std::string> names_;
    std::vector<TakenPrefix> taken_;
};

}  // namespace

std::vector<TakenPrefix> taken_prefixes(NetlinkSocket& socket) { return Collector{socket}.collect(); }

std::optional<Uplink> find_uplink(NetlinkSocket& socket, Family family) {
    // Addresses for documentation: nobody has a route of its own for them. Source: RFC 5737, RFC 3849.
    const IpAddress far = *IpAddress::parse(family == Family::V4 ? "198.51.100.1" : "2001:db8:ffff::1");
    rtmsg header{};
    header.rtm_family = static_cast<unsigned char>(far.socket_family());
    header.rtm_dst_len = static_cast<unsigned char>(far.bits());
    NetlinkMessage query{RTM_GETROUTE, 0};
    query.header(header).attribute(RTA_DST, far.bytes(), far.size());
    int link = 0;
    std::optional<IpAddress> source;
    const auto result = socket.get(std::move(query), [&](const NetlinkReply& reply) {
        const auto* route = reply.header<rtmsg>();
        if (route == nullptr || route->rtm_type != RTN_UNICAST) return;
        const auto attributes = reply.attributes<rtmsg>();
        link = static_cast<int>(attributes.u32(RTA_OIF).value_or(0));
        source = address_of(route->rtm_family, attributes.get(RTA_PREFSRC));
    });
    const auto facts = result.ok() && link != 0 ? find_link(socket, link) : std::nullopt;
    if (!facts) return std::nullopt;
    return Uplink{facts->name, facts->mtu, source};
}

}  // namespace skiff::network
