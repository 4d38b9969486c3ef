#include "network/interface.h"

#include <linux/if_link.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "network/host_routes.h"
#include "network/link.h"
#include "network/netns.h"
#include "network/sysctl.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/text.h"

namespace skiff::network {
namespace {

constexpr std::uint32_t kDefaultMetric = 100;
constexpr int kLoopbackIndex = 1;
constexpr std::size_t kIdDigits = 9;

std::string base36(std::uint64_t number, std::size_t width) {
    constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::string out(width, '0');
    for (std::size_t i = width; i-- > 0; number /= kDigits.size()) out[i] = kDigits[number % kDigits.size()];
    return out;
}

std::uint32_t macvlan_mode(const std::string& mode) {
    if (mode == "private") return MACVLAN_MODE_PRIVATE;
    if (mode == "vepa") return MACVLAN_MODE_VEPA;
    return mode == "passthru" ? MACVLAN_MODE_PASSTHRU : MACVLAN_MODE_BRIDGE;
}

std::uint32_t ipvlan_mode(const std::string& mode) {
    if (mode == "l3") return IPVLAN_MODE_L3;
    return mode == "l3s" ? IPVLAN_MODE_L3S : IPVLAN_MODE_L2;
}

[[noreturn]] void fail(const NetlinkResult& result, const Endpoint& endpoint, std::string_view doing) {
    if (result.error == EOPNOTSUPP && doing == "making") {
        throw Error{ErrorKind::Unsupported, concat("this kernel has no links of the driver of interface ", quote(endpoint.interface)), result.message};
    }
    throw SystemError{result.error, concat(doing, " interface ", quote(endpoint.interface)), result.message};
}

/// The parent of a macvlan or ipvlan network: a link of the host.
LinkFacts parent_of(NetlinkSocket& host, const NetworkConfig& network) {
    std::string name = network.interface;
    if (name.empty()) {
        const auto uplink = find_uplink(host);
        if (!uplink) throw Error{ErrorKind::NotFound, concat("network ", quote(network.name), ": the host has no default route"), "name a parent: --opt parent=LINK"};
        name = uplink->name;
    }
    const auto link = find_link(host, name);
    if (!link) throw Error{ErrorKind::NotFound, concat("network ", quote(network.name), ": the host has no link ", quote(name))};
    return *link;
}

void make_link(NetlinkSocket& host, const NetworkConfig& network, const Endpoint& endpoint, const LinkFacts* bridge,
               int netns) {
    NetlinkResult result;
    if (network.driver == Driver::Bridge) {
        result = host.transact(new_veth({endpoint.host_link, bridge->index, endpoint.interface, endpoint.mac, netns, network.mtu.value_or(bridge->mtu)}));
    } else {
        const bool macvlan = network.driver == Driver::Macvlan;
        const LinkFacts parent = parent_of(host, network);
        result = host.transact(new_sub_link({std::string{driver_name(network.driver)}, endpoint.interface, parent.index, netns,
                                             macvlan ? std::optional{endpoint.mac} : std::nullopt,
                                             macvlan ? macvlan_mode(network.mode) : ipvlan_mode(network.mode), network.mtu.value_or(0)}));
    }
    if (!result.ok()) fail(result, endpoint, "making");
}

void set_vlan(NetlinkSocket& host, const NetworkConfig& network, const Endpoint& endpoint) {
    if (network.driver != Driver::Bridge || !network.vlan) return;
    const auto port = find_link(host, endpoint.host_link);
    if (!port) fail({ENODEV, {}}, endpoint, "finding the host's end of");
    const auto result = host.transact(set_port_vlan(port->index, *network.vlan));
    if (!result.ok()) fail(result, endpoint, "setting the VLAN of");
}

/// Inside the namespace, for as long as the caller visits it.
void set_parameters(const NetworkConfig& network, const Endpoint& endpoint) {
    const std::string v6 = concat("ipv6/conf/", endpoint.interface, "/");
    set_sysctl(concat("ipv4/conf/", endpoint.interface, "/arp_notify"), "1");
    set_sysctl(concat(v6, "ndisc_notify"), "1");
    if (network.driver != Driver::Bridge) return;
    // On the engine's own bridge no router sends advertisements, but another container could.
    set_sysctl(concat(v6, "accept_ra"), "0");
}

std::vector<NetlinkMessage> configuration(const NetworkConfig& network, const Endpoint& endpoint, int index) {
    std::vector<NetlinkMessage> messages;
    messages.push_back(set_link_up(kLoopbackIndex));
    for (const auto& address : endpoint.addresses) messages.push_back(new_address(index, address));
    messages.push_back(set_link_up(index));
    for (const auto& route : network.routes) messages.push_back(new_route({route.destination, route.gateway, index, route.metric}));
    for (const auto& gateway : endpoint.gateways) {
        const IpPrefix everything{gateway.with_host_bits(0, false), 0};
        messages.push_back(new_route({everything, gateway, index, network.metric.value_or(kDefaultMetric)}));
    }
    return messages;
}

/// Gives back the link's index.
int configure(NetlinkSocket& inside, const NetworkConfig& network, const Endpoint& endpoint) {
    const auto link = find_link(inside, endpoint.interface);
    if (!link) fail({ENODEV, {}}, endpoint, "finding");
    auto messages = configuration(network, endpoint, link->index);
    for (const auto& result : inside.transact(messages)) {
        if (!result.ok() && result.error != EEXIST) fail(result, endpoint, "configuring");
    }
    return link->index;
}

/// The bridge takes a port into service when the kernel's work queue comes to it, mostly at once. What the container sent before
/// would be lost, and an unanswered ARP request costs it a second.
void await_forwarding(NetlinkSocket& host, const Endpoint& endpoint) {
    constexpr int kAttempts = 500;
    for (int attempt = 0; attempt < kAttempts && !endpoint.host_link.empty(); ++attempt) {
        const auto port = find_link(host, endpoint.host_link);
        if (!port || port->forwarding) return;
        ::usleep(attempt < 20 ? 50 : 1000);
    }
}

}  // namespace

std::string host_link_prefix(std::string_view container_id) { return concat("sk", container_id.substr(0, kIdDigits)); }

std::string host_link_name(std::string_view container_id, unsigned slot, std::uint64_t start) {
    return concat(host_link_prefix(container_id), base36(slot, 1), base36(start, 3));
}

void make_interface(NetlinkSocket& host, const NetworkConfig& network, const Endpoint& endpoint, const LinkFacts* bridge,
               int netns) {
    make_link(host, network, endpoint, bridge, netns);
    fault_point("interface:made");
    set_vlan(host, network, endpoint);
    std::optional<NetlinkSocket> inside;
    {
        const NamespaceVisit visit{netns};
        inside.emplace(NETLINK_ROUTE);
        set_parameters(network, endpoint);
    }
    const int index = configure(*inside, network, endpoint);
    await_forwarding(host, endpoint);
    inside->transact(set_link_mac(index, endpoint.mac));  // tells the neighbours; ipvlan refuses it, which is no loss
    fault_point("interface:configured");
}

void cut_off(NetlinkSocket& host, const Endpoint& endpoint) {
    if (endpoint.host_link.empty()) return;
    const auto result = host.transact(cut_off_link(endpoint.host_link));
    if (!result.ok() && result.error != ENODEV) {
        throw SystemError{result.error, concat("taking link ", quote(endpoint.host_link), " out of its bridge"), result.message};
    }
}

void remove_interface(NetlinkSocket& host, const Endpoint& endpoint, int netns) {
    const auto gone = [](const NetlinkResult& result) { return result.ok() || result.error == ENODEV; };
    NetlinkResult result;
    if (!endpoint.host_link.empty()) {
        result = host.transact(delete_link(endpoint.host_link));
    } else {
        std::optional<NetlinkSocket> inside;
        {
            const NamespaceVisit visit{netns};
            inside.emplace(NETLINK_ROUTE);
        }
        result = inside->transact(delete_link(endpoint.interface));
    }
    if (!gone(result)) fail(result, endpoint, "removing");
}

}  // namespace skiff::network
