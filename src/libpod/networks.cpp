#include "libpod/networks.h"

#include <linux/netlink.h>

#include <algorithm>
#include <set>

#include "libpod/containers_conf.h"
#include "libpod/runtime.h"
#include "network/host_routes.h"
#include "network/lease.h"
#include "network/link.h"
#include "network/subnet_choice.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using network::AttachmentConfig;
using network::AttachmentRow;
using network::IpPrefix;
using network::NetworkConfig;

constexpr const char* kDefaultName = "podman";
constexpr const char* kDefaultSubnet = "10.88.0.0/16";

/// Without the default one, which may be about to move.
std::vector<NetworkConfig> other_networks(const Runtime& runtime) {
    auto networks = network::read_all_networks(runtime.db());
    std::erase_if(networks, [&](const auto& network) { return network.name == default_network_name(runtime); });
    return networks;
}

/// Subnets that it must not overlap: other networks', and what the host uses.
std::vector<IpPrefix> taken_subnets(const Runtime& runtime, network::NetlinkSocket& socket) {
    std::vector<IpPrefix> taken;
    for (const auto& used : network::taken_prefixes(socket)) taken.push_back(used.prefix);
    for (const auto& other : other_networks(runtime)) {
        for (const auto& subnet : other.subnets) taken.push_back(subnet.prefix);
    }
    return taken;
}

network::SubnetPool pool_of(const ConfiguredPool& configured) {
    const auto base = IpPrefix::parse(configured.base);
    if (!base || !base->address.is_v4() || configured.size < base->length || configured.size > 30) {
        throw Error{ErrorKind::Invalid, concat("containers.conf default_subnet_pools: base ", quote(configured.base), " with size ", configured.size,
                                               " is no pool of IPv4 subnets")};
    }
    return {base->subnet(), static_cast<unsigned>(configured.size)};
}

}  // namespace

std::vector<network::SubnetPool> subnet_pools(const Runtime& runtime) {
    const auto& configured = runtime.engine_config().default_subnet_pools;
    if (configured.empty()) return network::default_subnet_pools();
    std::vector<network::SubnetPool> pools;
    for (const auto& pool : configured) pools.push_back(pool_of(pool));
    return pools;
}

namespace {

/// The wanted subnet, the next ones of its size up to the end of 10.0.0.0/8, or any other that is free.
IpPrefix free_default_subnet(const Runtime& runtime, const std::vector<IpPrefix>& taken) {
    const std::string& configured = runtime.engine_config().default_subnet;
    const auto wanted = IpPrefix::parse(configured.empty() ? kDefaultSubnet : configured);
    if (!wanted || wanted->address.bits() < wanted->length + 2 || !wanted->address.is_v4()) {
        throw Error{ErrorKind::Invalid, concat("containers.conf default_subnet ", quote(configured), ": is no IPv4 subnet")};
    }
    std::vector<network::SubnetPool> pools{{wanted->subnet(), wanted->length}, {*IpPrefix::parse("10.88.0.0/13"), 16}};
    for (const auto& pool : subnet_pools(runtime)) pools.push_back(pool);
    const auto found = network::choose_subnet(pools, taken);
    if (!found) throw Error{ErrorKind::InUse, "no subnet for the default network is free: the host routes all private addresses", "set default_subnet in containers.conf"};
    return *found;
}

std::string free_default_bridge(const Runtime& runtime, network::NetlinkSocket& socket) {
    std::set<std::string> taken;
    for (const auto& link : network::all_links(socket)) taken.insert(link.name);
    for (const auto& other : other_networks(runtime)) taken.insert(other.interface);
    for (int number = 0;; ++number) {
        const std::string name = concat("skiff", number);
        if (!taken.contains(name)) return name;
    }
}

/// podman's default network has the same ID everywhere: the digest of its name.
NetworkConfig new_default_network(const Runtime& runtime) {
    network::NetlinkSocket socket{NETLINK_ROUTE};
    NetworkConfig config;
    config.name = default_network_name(runtime);
    config.id = sha256_hex(config.name);
    config.created_at = now_nanos();
    config.interface = free_default_bridge(runtime, socket);
    config.dns_enabled = false;
    const IpPrefix subnet = free_default_subnet(runtime, taken_subnets(runtime, socket));
    config.subnets.push_back({subnet, network::first_host(subnet), std::nullopt, std::nullopt});
    return config;
}

void refuse_foreign_address(const NetworkConfig& network, const std::optional<network::IpAddress>& address) {
    if (address) network::require_in_a_subnet(network, *address);
}

}  // namespace

std::string default_network_name(const Runtime& runtime) {
    const auto& configured = runtime.engine_config().default_network;
    return configured.empty() ? kDefaultName : configured;
}

NetworkConfig default_network(const Runtime& runtime) {
    const std::string name = default_network_name(runtime);
    if (auto found = network::read_network_by_name(runtime.db(), name)) return *found;
    const NetworkConfig made = new_default_network(runtime);
    state::Transaction transaction{runtime.db()};
    if (auto found = network::read_network_by_name(runtime.db(), name)) return *found;  // somebody was faster
    network::insert_network(runtime.db(), made);
    transaction.commit();
    fault_point("network:default-made");
    return made;
}

NetworkConfig rehome_default_network(const Runtime& runtime) {
    const NetworkConfig fresh = new_default_network(runtime);
    state::Transaction transaction{runtime.db()};
    NetworkConfig config = *network::read_network_by_name(runtime.db(), fresh.name);
    config.interface = fresh.interface;
    config.subnets = fresh.subnets;
    network::update_network(runtime.db(), config);
    transaction.commit();
    return config;
}

NetworkConfig find_network(const Runtime& runtime, std::string_view name_or_id) {
    const bool dockers = runtime.options().docker_names && name_or_id == "bridge";
    if (name_or_id.empty() || dockers || name_or_id == default_network_name(runtime)) return default_network(runtime);
    return network::find_network(runtime.db(), name_or_id);
}

std::vector<NetworkConfig> list_networks(const Runtime& runtime) {
    if (!runtime.db().read_only()) default_network(runtime);
    return network::read_all_networks(runtime.db());
}

std::string interface_name_of(const AttachmentRow& attachment) {
    return attachment.config.interface_name.empty() ? concat("eth", attachment.slot) : attachment.config.interface_name;
}

void check_attachment(const NetworkConfig& network, const AttachmentConfig& config) {
    refuse_foreign_address(network, config.ip);
    refuse_foreign_address(network, config.ip6);
    if (config.interface_name == "lo") throw Error{ErrorKind::Invalid, "interface name \"lo\": every container has its loopback interface by that name"};
    if (config.mac && network.driver == network::Driver::Ipvlan) {
        throw Error{ErrorKind::Invalid, concat("network ", quote(network.name), ": an ipvlan interface has its parent's Ethernet address, not one of its own")};
    }
}

std::vector<AttachmentRow> attachments_for(const Runtime& runtime, const std::vector<NetworkRequest>& requests) {
    std::vector<AttachmentRow> attachments;
    std::set<std::string> interfaces;
    for (const auto& request : requests) {
        const NetworkConfig network = find_network(runtime, request.network);
        check_attachment(network, request.config);
        AttachmentRow row{{}, network.id, static_cast<unsigned>(attachments.size()), request.config, std::nullopt};
        const bool twice = std::any_of(attachments.begin(), attachments.end(), [&](const auto& other) { return other.network_id == network.id; });
        if (twice) throw Error{ErrorKind::Invalid, concat("network ", quote(network.name), " is given twice")};
        if (!interfaces.insert(interface_name_of(row)).second) {
            throw Error{ErrorKind::Invalid, concat("interface name ", quote(interface_name_of(row)), " is given twice")};
        }
        attachments.push_back(std::move(row));
    }
    if (attachments.size() > 36) throw Error{ErrorKind::Invalid, "a container can be on 36 networks at most"};
    return attachments;
}

std::vector<std::pair<std::string, AttachmentConfig>> memberships_of(const Runtime& runtime, std::string_view container_id) {
    std::vector<std::pair<std::string, AttachmentConfig>> memberships;
    for (const auto& attachment : network::attachments_of(runtime.db(), container_id)) {
        if (const auto found = network::read_network(runtime.db(), attachment.network_id)) memberships.emplace_back(found->name, attachment.config);
    }
    return memberships;
}

NetworkNames network_names(const state::Database& db) {
    auto rows = db.prepare("SELECT a.container_id, n.name FROM attachment a JOIN network n ON n.id = a.network_id ORDER BY a.container_id, a.slot");
    NetworkNames names;
    while (rows.step()) names[rows.text(0)].push_back(rows.text(1));
    return names;
}

std::vector<std::string> network_names_of(const state::Database& db, std::string_view container_id) {
    auto rows = db.prepare("SELECT n.name FROM attachment a JOIN network n ON n.id = a.network_id WHERE a.container_id = ? ORDER BY a.slot");
    rows.bind(container_id);
    std::vector<std::string> names;
    while (rows.step()) names.push_back(rows.text(0));
    return names;
}

}  // namespace skiff::libpod
