#include "network/bridge.h"

#include <linux/rtnetlink.h>

#include <cerrno>

#include "network/host_routes.h"
#include "network/sysctl.h"
#include "state/file_lock.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/text.h"

namespace skiff::network {
namespace {

constexpr std::uint32_t kUsualMtu = 1500;

/// What its alias says once it is complete: `ip link` shows whose it is, and a name clash is recognised.
std::string alias_of(const NetworkConfig& network) { return concat("skiff network ", network.name, " ", network.id); }

[[noreturn]] void refuse_foreign(const NetworkConfig& network) {
    throw Error{ErrorKind::Exists, concat("network ", quote(network.name), ": the link ", quote(network.interface), " exists and is not its bridge"),
                "remove that link, or make the network anew with --interface-name"};
}

/// A bridge without alias and address may be one that a killed process had only begun.
bool is_unfinished(const LinkFacts& link) { return link.kind == "bridge" && link.alias.empty() && !link.up; }

void make_link(NetlinkSocket& socket, const NetworkConfig& network) {
    const auto uplink = network.mtu ? std::nullopt : find_uplink(socket);
    const BridgeSpec spec{network.interface, MacAddress::random(), network.mtu.value_or(uplink ? uplink->mtu : kUsualMtu), network.vlan.has_value()};
    const auto result = socket.transact(new_bridge(spec));
    if (!result.ok() && result.error != EEXIST) {
        throw SystemError{result.error, concat("making bridge ", quote(network.interface)), result.message};
    }
}

void set_parameters(const NetworkConfig& network) {
    const std::string v4 = concat("ipv4/conf/", network.interface, "/");
    const std::string v6 = concat("ipv6/conf/", network.interface, "/");
    // Packets of published ports come in by one link and leave by another: a strict check would drop the answers.
    set_sysctl(concat(v4, "rp_filter"), "2");
    set_sysctl(concat(v6, "accept_dad"), "0");
    set_sysctl(concat(v6, "accept_ra"), "0");  // no container is the host's router
}

void check(const NetlinkResult& result, std::string_view what) {
    if (!result.ok() && result.error != EEXIST) throw SystemError{result.error, what, result.message};
}

void put_into_vrf(NetlinkSocket& socket, const NetworkConfig& network, int bridge) {
    if (network.vrf.empty()) return;
    const auto vrf = find_link(socket, network.vrf);
    if (!vrf || vrf->kind != "vrf") throw Error{ErrorKind::NotFound, concat("network ", quote(network.name), ": there is no VRF ", quote(network.vrf))};
    socket.request(set_link_master(bridge, vrf->index), concat("putting bridge ", quote(network.interface), " into VRF ", quote(network.vrf)));
}

/// Two links with one subnet would both lose packets.
void refuse_used_subnets(NetlinkSocket& socket, const NetworkConfig& network) {
    for (const auto& taken : taken_prefixes(socket)) {
        if (!taken.is_address || taken.link == network.interface) continue;
        for (const auto& subnet : network.subnets) {
            if (!taken.prefix.overlaps(subnet.prefix)) continue;
            throw Error{ErrorKind::InUse, concat("network ", quote(network.name), ": its subnet ", subnet.prefix.text(), " overlaps ", taken.prefix.text(),
                                                 " of the host's link ", quote(taken.link)),
                        "make the network anew with another --subnet"};
        }
    }
}

LinkFacts finish(NetlinkSocket& socket, const NetworkConfig& network, const LinkFacts& link) {
    fault_point("bridge:made");
    set_parameters(network);
    put_into_vrf(socket, network, link.index);
    for (const auto& subnet : network.subnets) {
        if (!subnet.gateway) continue;
        const IpPrefix address{*subnet.gateway, subnet.prefix.length};
        check(socket.transact(new_address(link.index, address)), concat("giving bridge ", quote(network.interface), " the address ", address.text()));
    }
    socket.request(set_link_alias(link.index, alias_of(network)), concat("marking bridge ", quote(network.interface)));
    socket.request(set_link_up(link.index), concat("switching bridge ", quote(network.interface), " on"));  // last: up is complete
    fault_point("bridge:finished");
    return *find_link(socket, link.index);
}

bool is_complete(const LinkFacts& link, const NetworkConfig& network) { return link.kind == "bridge" && link.alias == alias_of(network) && link.up; }

/// Another's bridge, to which containers are only added.
LinkFacts unmanaged_bridge(const NetworkConfig& network, const std::optional<LinkFacts>& link) {
    if (link && link->kind == "bridge") return *link;
    throw Error{ErrorKind::NotFound, concat("network ", quote(network.name), ": there is no bridge ", quote(network.interface)),
                "in mode unmanaged it is the administrator's"};
}

}  // namespace

LinkFacts ensure_bridge(NetlinkSocket& socket, const NetworkConfig& network, const std::filesystem::path& runroot) {
    auto found = find_link(socket, network.interface);
    if (network.mode == "unmanaged") return unmanaged_bridge(network, found);
    if (found && is_complete(*found, network)) return *found;
    const auto lock = state::FileLock::exclusive(runroot / "bridges", std::chrono::seconds{30});
    found = find_link(socket, network.interface);
    if (!found) {
        refuse_used_subnets(socket, network);
        make_link(socket, network);
        found = find_link(socket, network.interface);
    }
    if (!found) throw Error{ErrorKind::System, concat("bridge ", quote(network.interface), " vanished")};
    const bool own = is_unfinished(*found) || (found->kind == "bridge" && found->alias == alias_of(network));
    if (!own) refuse_foreign(network);
    return is_complete(*found, network) ? *found : finish(socket, network, *found);
}

void delete_bridge(NetlinkSocket& socket, const NetworkConfig& network) {
    const auto link = find_link(socket, network.interface);
    if (network.mode == "unmanaged" || !link || link->kind != "bridge" || link->alias != alias_of(network)) return;
    const auto result = socket.transact(delete_link(network.interface));
    if (!result.ok() && result.error != ENODEV) throw SystemError{result.error, concat("deleting bridge ", quote(network.interface)), result.message};
}

bool is_foreign_link(NetlinkSocket& socket, const NetworkConfig& network) {
    const auto link = find_link(socket, network.interface);
    return link && !is_unfinished(*link) && link->alias != alias_of(network);
}

}  // namespace skiff::network
