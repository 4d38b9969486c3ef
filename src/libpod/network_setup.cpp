#include "libpod/network_setup.h"

#include <linux/netlink.h>

#include <algorithm>

#include "libpod/containers_conf.h"
#include "libpod/name_files.h"
#include "libpod/network_names.h"
#include "libpod/networks.h"
#include "libpod/runtime.h"
#include "libpod/spec/interface_sysctls.h"
#include "network/bridge.h"
#include "network/host_routes.h"
#include "network/interface.h"
#include "network/lease.h"
#include "network/netns.h"
#include "network/nft/firewall.h"
#include "network/sysctl.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using network::AttachmentRow;
using network::Driver;
using network::Endpoint;
using network::Family;
using network::IpAddress;
using network::NetworkConfig;

/// Of each family the first gateway: the default routes.
std::vector<IpAddress> default_gateways(const NetworkConfig& network) {
    std::vector<IpAddress> gateways;
    if (network.internal || network.no_default_route) return gateways;
    for (const auto family : {Family::V4, Family::V6}) {
        for (const auto& subnet : network.subnets) {
            if (!subnet.gateway || subnet.prefix.address.family() != family) continue;
            gateways.push_back(*subnet.gateway);
            break;
        }
    }
    return gateways;
}

std::vector<std::string> names_of(const ContainerConfig& config, const AttachmentRow& attachment) {
    std::vector<std::string> names{config.name};
    names.insert(names.end(), attachment.config.aliases.begin(), attachment.config.aliases.end());
    names.push_back(config.id.substr(0, 12));
    return names;
}

Endpoint endpoint_of(const ContainerConfig& config, const NetworkConfig& network, const AttachmentRow& attachment, int start) {
    Endpoint endpoint;
    endpoint.network_id = network.id;
    endpoint.container_id = config.id;
    endpoint.slot = attachment.slot;
    if (network.driver == Driver::Bridge) endpoint.host_link = network::host_link_name(config.id, attachment.slot, static_cast<std::uint64_t>(start));
    endpoint.interface = interface_name_of(attachment);
    endpoint.mac = attachment.config.mac.value_or(network::MacAddress::random());
    endpoint.gateways = default_gateways(network);
    endpoint.aliases = names_of(config, attachment);
    return endpoint;
}

NetworkConfig network_of(const Runtime& runtime, const AttachmentRow& attachment) {
    auto found = network::read_network(runtime.db(), attachment.network_id);
    if (!found) throw Error{ErrorKind::NotFound, concat("network ", attachment.network_id.substr(0, 12), " is gone: network not found")};
    return std::move(*found);
}

std::optional<network::LinkFacts> bridge_of(const Runtime& runtime, network::NetlinkSocket& host, const NetworkConfig& network) {
    if (network.driver != Driver::Bridge) return std::nullopt;
    return network::ensure_bridge(host, network, runtime.options().runroot);
}

std::vector<IpAddress> addresses_of(const std::vector<AttachmentRow>& attached) {
    std::vector<IpAddress> out;
    for (const auto& row : attached) {
        for (const auto& address : row.endpoint->addresses) out.push_back(address.address);
    }
    return out;
}

/// The networks as they are now; those that are gone meanwhile are left out.
std::vector<NetworkConfig> networks_of_rows(const Runtime& runtime, const std::vector<AttachmentRow>& rows) {
    std::vector<NetworkConfig> networks;
    for (const auto& row : rows) {
        if (auto found = network::read_network(runtime.db(), row.network_id)) networks.push_back(std::move(*found));
    }
    return networks;
}

/// First nobody reaches it, then no name leads to it; its addresses are still its own. Until they are freed, whoever finds the
/// endpoint repeats this.
void leave(const Runtime& runtime, const std::vector<AttachmentRow>& attached) {
    network::NetlinkSocket host{NETLINK_ROUTE};
    for (const auto& row : attached) network::cut_off(host, *row.endpoint);
    fault_point("network:cut-off");
    runtime.firewall().forget_connections(addresses_of(attached));
    std::vector<NetworkConfig> named;
    for (auto& network : networks_of_rows(runtime, attached)) {
        if (network.dns_enabled) named.push_back(std::move(network));
    }
    if (named.empty()) return;
    state::Transaction transaction{runtime.db()};
    for (const auto& row : attached) {
        Endpoint endpoint = *row.endpoint;
        endpoint.leaving = true;
        network::set_endpoint(runtime.db(), endpoint);
    }
    transaction.commit();
    publish_names(runtime, named);
    fault_point("network:nameless");
}

/// Inside the namespace, for as long as the caller visits it.
void set_interface_sysctls(const ContainerConfig& config) {
    for (const auto& [key, value] : config.sysctls) {
        if (!is_interface_sysctl(config, key)) continue;
        std::string path = key.substr(std::string_view{"net."}.size());
        std::replace(path.begin(), path.end(), '.', '/');
        if (!network::set_sysctl(path, value)) throw Error{ErrorKind::NotFound, concat("--sysctl ", quote(key), ": there is no such parameter")};
    }
}

bool has_names(const NetworkPlan& plan) {
    return std::any_of(plan.begin(), plan.end(), [](const auto& planned) { return planned.network.dns_enabled; });
}

void attach_one(const Runtime& runtime, network::NetlinkSocket& host, const PlannedInterface& planned, int netns) {
    const auto bridge = bridge_of(runtime, host, planned.network);
    for (const auto& warning : runtime.firewall().admit(planned.network)) log::warn(concat(warning, ", ignoring"));
    network::make_interface(host, planned.network, *planned.attachment.endpoint, bridge ? &*bridge : nullptr, netns);
}

}  // namespace

namespace {

bool may_move(const Runtime& runtime, const NetworkConfig& network) {
    if (network.name != default_network_name(runtime)) return false;
    const auto members = network::members_of(runtime.db(), network.id);
    return std::none_of(members.begin(), members.end(), [](const auto& member) { return member.endpoint.has_value(); });
}

}  // namespace

void prepare_networks(const Runtime& runtime, const ContainerConfig& config) {
    if (config.namespaces.network.kind != NamespaceKind::Bridge) return;
    network::NetlinkSocket host{NETLINK_ROUTE};
    for (const auto& network : networks_of_rows(runtime, network::attachments_of(runtime.db(), config.id))) {
        try {
            bridge_of(runtime, host, network);
        } catch (const Error& error) {
            const bool taken = error.kind() == ErrorKind::Exists || error.kind() == ErrorKind::InUse;
            if (!taken || !may_move(runtime, network)) throw;
            bridge_of(runtime, host, rehome_default_network(runtime));
        }
    }
}

PlannedInterface plan_network(const Runtime& runtime, const ContainerConfig& config, const AttachmentRow& attachment, int start) {
    PlannedInterface planned{network_of(runtime, attachment), attachment};
    Endpoint endpoint = endpoint_of(config, planned.network, attachment, start);
    endpoint.addresses = network::lease_addresses(runtime.db(), planned.network, attachment);
    network::set_endpoint(runtime.db(), endpoint);
    planned.attachment.endpoint = std::move(endpoint);
    return planned;
}

NetworkPlan plan_networks(const Runtime& runtime, const ContainerConfig& config, int start) {
    NetworkPlan plan;
    if (config.namespaces.network.kind != NamespaceKind::Bridge) return plan;
    for (const auto& attachment : network::attachments_of(runtime.db(), config.id)) {
        plan.push_back(plan_network(runtime, config, attachment, start));
    }
    return plan;
}

NetworkFacts network_facts(const Runtime& runtime, const ContainerConfig& config, const NetworkPlan& plan) {
    NetworkFacts facts;
    if (config.namespaces.network.kind == NamespaceKind::Host) {
        network::NetlinkSocket host{NETLINK_ROUTE};
        const auto uplink = network::find_uplink(host);
        if (uplink && uplink->address) facts.host_address = uplink->address->text();
    }
    if (config.namespaces.network.kind == NamespaceKind::Container) facts.shared_files = runtime.run_dir(config.namespaces.network.value);
    for (const auto& planned : plan) {
        for (const auto& address : planned.attachment.endpoint->addresses) facts.addresses.push_back(address.address.text());
        for (const auto& subnet : planned.network.subnets) {
            if (!subnet.gateway || planned.network.driver != Driver::Bridge) continue;
            if (facts.host_address.empty()) facts.host_address = subnet.gateway->text();
            if (planned.network.dns_enabled) facts.name_servers.push_back(subnet.gateway->text());
        }
        facts.has_names = facts.has_names || planned.network.dns_enabled;
    }
    const auto& configured = config.integration.host_address;
    if (!configured.empty()) facts.host_address = configured == "none" ? std::string{} : configured;
    return facts;
}

void attach_networks(const Runtime& runtime, const ContainerConfig& config, const NetworkPlan& plan, pid_t pid) {
    if (plan.empty()) return;
    const UniqueFd netns = network::open_netns(pid);
    network::NetlinkSocket host{NETLINK_ROUTE};
    std::vector<NetworkConfig> networks;
    for (const auto& planned : plan) {
        attach_one(runtime, host, planned, netns.get());
        networks.push_back(planned.network);
    }
    if (!config.sysctls.empty()) {
        const network::NamespaceVisit visit{netns.get()};
        set_interface_sysctls(config);
    }
    fault_point("network:attached");
    publish_names(runtime, networks);
    if (has_names(plan)) watch_responders(runtime, config.id);
    fault_point("network:named");
}

void detach_networks(const Runtime& runtime, const std::string& container_id) {
    runtime.firewall().withdraw(container_id);
    std::vector<AttachmentRow> attached;
    for (auto& row : network::attachments_of(runtime.db(), container_id)) {
        if (row.endpoint) attached.push_back(std::move(row));
    }
    if (attached.empty()) return runtime.firewall().finish();
    leave(runtime, attached);
    state::Transaction transaction{runtime.db()};
    for (const auto& row : attached) {
        network::release_leases(runtime.db(), container_id, row.network_id);
        network::clear_endpoint(runtime.db(), container_id, row.network_id);
    }
    transaction.commit();
    runtime.firewall().finish();
    fault_point("network:released");
}

void refresh_names(const Runtime& runtime, const ContainerConfig& config, const std::string& network_id, Membership change) {
    NetworkPlan with, without;
    for (auto& attachment : network::attachments_of(runtime.db(), config.id)) {
        auto network = network::read_network(runtime.db(), attachment.network_id);
        if (!attachment.endpoint || !network) continue;
        if (attachment.network_id != network_id) without.push_back({*network, attachment});
        with.push_back({std::move(*network), std::move(attachment)});
    }
    const auto facts_with = network_facts(runtime, config, with);
    const auto facts_without = network_facts(runtime, config, without);
    const bool joined = change == Membership::Joined;
    refresh_name_files(runtime.run_dir(config.id), config, joined ? facts_without : facts_with, joined ? facts_with : facts_without);
}

void disconnect_network(const Runtime& runtime, const AttachmentRow& attachment, const ContainerConfig& config, pid_t pid) {
    if (attachment.endpoint && pid > 0) refresh_names(runtime, config, attachment.network_id, Membership::Left);
    if (attachment.endpoint) {
        leave(runtime, {attachment});
        runtime.firewall().finish();
        if (pid > 0) {
            const UniqueFd netns = network::open_netns(pid);
            network::NetlinkSocket host{NETLINK_ROUTE};
            network::remove_interface(host, *attachment.endpoint, netns.get());
            fault_point("network:interface-removed");
        }
    }
    {
        state::Transaction transaction{runtime.db()};
        network::delete_attachment(runtime.db(), attachment.container_id, attachment.network_id);
        transaction.commit();
    }
    if (pid <= 0) return;
    publish_names_of(runtime, attachment.container_id);
    watch_responders(runtime, attachment.container_id);
}

}  // namespace skiff::libpod
