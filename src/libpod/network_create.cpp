#include "libpod/network_create.h"

#include <linux/netlink.h>

#include <algorithm>
#include <set>

#include "libpod/container.h"
#include "libpod/lifecycle.h"
#include "libpod/network_names.h"
#include "libpod/network_setup.h"
#include "libpod/ports.h"
#include "libpod/parse/network_create.h"
#include "libpod/runtime.h"
#include "network/bridge.h"
#include "network/host_routes.h"
#include "network/nft/firewall.h"
#include "network/lease.h"
#include "network/link.h"
#include "network/subnet_choice.h"
#include "network/sysctl.h"
#include "state/event.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/json.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using network::AttachmentRow;
using network::Driver;
using network::Family;
using network::IpPrefix;
using network::NetworkConfig;

std::string free_network_name(const Runtime& runtime) {
    for (int number = 1;; ++number) {
        std::string name = concat("podman", number);
        if (!network::read_network_by_name(runtime.db(), name)) return name;
    }
}

/// The bridge's name where none was given.
std::string free_bridge_name(const Runtime& runtime, network::NetlinkSocket& socket) {
    std::set<std::string> taken{"skiff0"};  // the default network's
    for (const auto& link : network::all_links(socket)) taken.insert(link.name);
    for (const auto& other : network::read_all_networks(runtime.db())) taken.insert(other.interface);
    for (int number = 1;; ++number) {
        std::string name = concat("skiff", number);
        if (!taken.contains(name)) return name;
    }
}

void refuse_taken_bridge(network::NetlinkSocket& socket, const NetworkConfig& config) {
    if (config.driver != Driver::Bridge || config.mode == "unmanaged" || !network::is_foreign_link(socket, config)) return;
    throw Error{ErrorKind::Exists, concat("--interface-name ", quote(config.interface), ": the host has a link of that name")};
}

/// What is taken, and by whom.
class TakenSubnets {
public:
    TakenSubnets(const Runtime& runtime, network::NetlinkSocket& socket) : pools_{subnet_pools(runtime)} {
        for (const auto& other : network::read_all_networks(runtime.db())) {
            for (const auto& subnet : other.subnets) add(subnet.prefix, concat("network ", quote(other.name)));
        }
        for (const auto& used : network::taken_prefixes(socket)) {
            add(used.prefix, used.link.empty() ? "a route of the host" : concat("link ", quote(used.link), " of the host"));
        }
    }
    void refuse_overlap(const IpPrefix& wanted) const {
        for (std::size_t i = 0; i < prefixes_.size(); ++i) {
            if (!prefixes_[i].overlaps(wanted)) continue;
            throw Error{ErrorKind::InUse, concat("subnet ", wanted.text(), " overlaps ", prefixes_[i].text(), " of ", holders_[i]), "choose another with --subnet"};
        }
    }
    IpPrefix choose(Family family) const {
        if (family == Family::V6) return network::random_subnet6(prefixes_);
        const auto found = network::choose_subnet(pools_, prefixes_);
        if (!found) throw Error{ErrorKind::InUse, "no subnet of the pools is free on this host", "choose one with --subnet"};
        return *found;
    }

private:
    void add(const IpPrefix& prefix, std::string holder) {
        prefixes_.push_back(prefix);
        holders_.push_back(std::move(holder));
    }
    std::vector<network::SubnetPool> pools_;
    std::vector<IpPrefix> prefixes_;
    std::vector<std::string> holders_;
};

bool has_family(const NetworkConfig& config, Family family) {
    return std::any_of(config.subnets.begin(), config.subnets.end(), [&](const auto& subnet) { return subnet.prefix.address.family() == family; });
}

/// Macvlan and ipvlan containers share the parent's network: their subnets are those that are there.
void complete_subnets(NetworkConfig& config, const TakenSubnets& taken) {
    if (!has_address_management(config)) return;
    if (config.driver != Driver::Bridge || config.mode == "unmanaged") {
        if (config.subnets.empty()) throw Error{ErrorKind::Invalid, concat("network ", quote(config.name), ": this driver needs --subnet, or --ipam-driver none")};
        return;
    }
    for (const auto& subnet : config.subnets) taken.refuse_overlap(subnet.prefix);
    for (const auto family : {Family::V4, Family::V6}) {
        const bool wanted = family == Family::V4 ? config.subnets.empty() || config.ipv6 : config.ipv6;
        if (!wanted || has_family(config, family)) continue;
        const IpPrefix chosen = taken.choose(family);
        const network::Subnet subnet{chosen, network::first_host(chosen), std::nullopt, std::nullopt};
        config.subnets.push_back(subnet);
    }
}

void refuse_missing_ipv6(const NetworkConfig& config) {
    if (!config.ipv6 || network::kernel_has_ipv6()) return;
    throw Error{ErrorKind::Unsupported, concat("network ", quote(config.name), ": IPv6 is switched off in this kernel"), "use IPv4 subnets only"};
}

void refuse_members(const Runtime& runtime, const NetworkConfig& network) {
    auto members = runtime.db().prepare("SELECT n.name FROM attachment a JOIN name n ON n.container_id = a.container_id WHERE a.network_id = ? LIMIT 1");
    members.bind(network.id);
    if (!members.step()) return;
    throw Error{ErrorKind::InUse, concat(quote(network.name), " has associated containers with it (", members.text(0), "): network is being used"),
                "remove its containers first, or use --force"};
}

void remove_members(Runtime& runtime, const NetworkConfig& network, std::optional<std::chrono::seconds> stop_timeout) {
    for (const auto& member : network::members_of(runtime.db(), network.id)) {
        try {
            runtime.find(member.container_id).remove({.force = true, .volumes = false, .stop_timeout = stop_timeout});
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound) throw;  // somebody was faster
        }
    }
}

/// The lowest that is free: it names the interface.
unsigned free_slot(const std::vector<AttachmentRow>& attachments) {
    unsigned slot = 0;
    while (std::any_of(attachments.begin(), attachments.end(), [&](const auto& other) { return other.slot == slot; })) ++slot;
    return slot;
}

AttachmentRow new_attachment(const Runtime& runtime, const Container& container, const NetworkConfig& network, const network::AttachmentConfig& config) {
    const auto attachments = network::attachments_of(runtime.db(), container.id());
    AttachmentRow row{container.id(), network.id, free_slot(attachments), config, std::nullopt};
    for (const auto& other : attachments) {
        if (other.network_id == network.id) {
            throw Error{ErrorKind::Exists, concat("container ", quote(container.name()), " is already connected to network ", quote(network.name))};
        }
        if (interface_name_of(other) == interface_name_of(row)) {
            throw Error{ErrorKind::Exists, concat("container ", quote(container.name()), " has an interface ", quote(interface_name_of(row)), " already")};
        }
    }
    if (row.slot > 35) throw Error{ErrorKind::Invalid, "a container can be on 36 networks at most"};
    return row;
}

void require_bridge_mode(const Container& container) {
    if (container.config().namespaces.network.kind == NamespaceKind::Bridge) return;
    throw Error{ErrorKind::WrongState, concat("container ", quote(container.name()), " has no networks: it was made with --network host, none, container: or ns:")};
}

void finish_removal_of(const Runtime& runtime, const NetworkConfig& network) {
    if (network.driver == Driver::Bridge) {
        network::NetlinkSocket socket{NETLINK_ROUTE};
        network::delete_bridge(socket, network);
        runtime.firewall().refresh();
    }
    state::Transaction transaction{runtime.db()};
    state::finish_intents_of(runtime.db(), "network", std::span{&network.id, 1});
    transaction.commit();
}

/// Error{InUse} while a container is on it.
void remove_unused(const Runtime& runtime, const NetworkConfig& found) {
    {
        state::Transaction transaction{runtime.db()};
        refuse_members(runtime, found);
        Json data = network::to_json(found);
        data["name"] = found.name;
        state::begin_intent(runtime.db(), "network", found.id, "remove", dump(data));
        network::delete_network(runtime.db(), found.id);
        state::record_event(runtime.db(), "network", "remove", found.id, found.name);
        transaction.commit();
    }
    fault_point("network:removed");
    finish_removal_of(runtime, found);
}

/// The event of a container that joins or leaves.
void record_membership(const Runtime& runtime, const NetworkConfig& network, std::string_view action, const std::string& container) {
    state::record_event(runtime.db(), "network", action, network.id, network.name, dump(Json{{"container", container}, {"network", network.name}}));
}

bool has_interfaces(const ContainerRow& row) {
    return row.state.state == State::Created || row.state.state == State::Running || row.state.state == State::Paused || row.state.state == State::Stopping;
}

}  // namespace

NetworkConfig create_network(const Runtime& runtime, NetworkConfig config) {
    default_network(runtime);  // its bridge and subnet come first
    refuse_missing_ipv6(config);
    network::NetlinkSocket socket{NETLINK_ROUTE};
    config.id = random_id();
    config.created_at = now_nanos();
    state::Transaction transaction{runtime.db()};
    if (config.name.empty()) config.name = free_network_name(runtime);
    if (config.driver == Driver::Bridge && config.interface.empty()) {
        if (config.mode == "unmanaged") throw Error{ErrorKind::Invalid, "--opt mode=unmanaged needs --interface-name: the bridge that containers join"};
        config.interface = free_bridge_name(runtime, socket);
    }
    refuse_taken_bridge(socket, config);
    complete_subnets(config, TakenSubnets{runtime, socket});
    network::insert_network(runtime.db(), config);
    state::record_event(runtime.db(), "network", "create", config.id, config.name);
    transaction.commit();
    fault_point("network:created");
    return config;
}

void remove_network(Runtime& runtime, std::string_view name_or_id, bool force, std::optional<std::chrono::seconds> stop_timeout) {
    const NetworkConfig found = find_network(runtime, name_or_id);
    if (found.name == default_network_name(runtime)) {
        throw Error{ErrorKind::Invalid, concat("default network ", found.name, " cannot be removed")};
    }
    if (force) remove_members(runtime, found, stop_timeout);
    remove_unused(runtime, found);
}

void remove_all_networks(Runtime& runtime) {
    for (const auto& network : network::read_all_networks(runtime.db())) remove_unused(runtime, network);
}

void repair_network(const Runtime& runtime, const state::IntentRow& intent) {
    const Json data = parse_json(intent.data, "an intent");
    NetworkConfig network = network::network_from_json(data);
    network.id = intent.object_id;
    network.name = string_or(data, "name");
    finish_removal_of(runtime, network);
}

void repair_connection(const Runtime& runtime, const ContainerRow& row, const state::IntentRow& intent) {
    const std::string network = string_or(parse_json(intent.data, "an intent"), "network");
    for (const auto& attachment : network::attachments_of(runtime.db(), row.id)) {
        if (attachment.network_id != network) continue;
        disconnect_network(runtime, attachment, read_config(row.config), is_alive(row.state.init) ? row.state.init.pid : 0);
    }
    state::Transaction transaction{runtime.db()};
    state::finish_intent(runtime.db(), intent.seq);
    transaction.commit();
}

std::vector<NetworkConfig> unused_networks(const Runtime& runtime) {
    std::vector<NetworkConfig> unused;
    for (auto& network : list_networks(runtime)) {
        const bool used = !network::members_of(runtime.db(), network.id).empty();
        if (!used && network.name != default_network_name(runtime)) unused.push_back(std::move(network));
    }
    return unused;
}

void update_network_servers(const Runtime& runtime, std::string_view name_or_id, const std::vector<std::string>& add, const std::vector<std::string>& drop) {
    state::Transaction transaction{runtime.db()};
    NetworkConfig config = network::find_network(runtime.db(), name_or_id);
    if (!config.dns_enabled) throw Error{ErrorKind::Invalid, concat("network ", quote(config.name), " has no names to ask for: it was made with --disable-dns")};
    auto& servers = config.dns_servers;
    for (const auto& server : drop) {
        if (std::erase(servers, server) == 0) throw Error{ErrorKind::NotFound, concat("network ", quote(config.name), " has no DNS server ", quote(server))};
    }
    for (const auto& server : add) {
        if (std::find(servers.begin(), servers.end(), server) == servers.end()) servers.push_back(server);
    }
    network::update_network(runtime.db(), config);
    transaction.commit();
    publish_names(runtime, {config});
}

/// The number of the start that a container with interfaces is in: counted once its program runs. The links of the next start
/// have another, as the kernel may still be deleting these then.
static int start_of_links(const ContainerState& state) { return state.state == State::Created ? state.starts : state.starts - 1; }

void connect_network(Runtime& runtime, std::string_view network, std::string_view name, const network::AttachmentConfig& config) {
    const NetworkConfig found = find_network(runtime, network);
    check_attachment(found, config);
    const Container container = runtime.find(name);
    require_bridge_mode(container);
    auto locked = lock_container(runtime, container.id(), std::chrono::seconds{60});
    const auto global = runtime.step_lock();
    std::int64_t intent = 0;
    AttachmentRow row;
    std::optional<PlannedInterface> planned;
    commit_change(runtime, locked.row, {}, [&](ContainerState& state) {
        row = new_attachment(runtime, container, found, config);
        network::insert_attachment(runtime.db(), row);
        if (!has_interfaces(locked.row)) return record_membership(runtime, found, "connect", row.container_id);
        intent = state::begin_intent(runtime.db(), "container", row.container_id, "connect", dump(Json{{"network", row.network_id}}));
        planned = plan_network(runtime, container.config(), row, start_of_links(state));
    });
    if (!planned) return;
    fault_point("intent:connect");
    try {
        attach_networks(runtime, container.config(), {*planned}, locked.row.state.init.pid);
        publish_names_of(runtime, container.id());
        refresh_names(runtime, container.config(), row.network_id, Membership::Joined);
    } catch (const Error& error) {
        disconnect_network(runtime, planned->attachment, container.config(), locked.row.state.init.pid);
        commit_change(runtime, locked.row, {}, [&](ContainerState&) { state::finish_intent(runtime.db(), intent); });
        throw error.in(concat("connecting container ", quote(container.name()), " to network ", quote(found.name)));
    }
    commit_change(runtime, locked.row, {}, [&](ContainerState&) {
        record_membership(runtime, found, "connect", row.container_id);
        state::finish_intent(runtime.db(), intent);
    });
    fault_point("connect:recorded");
    repoint_ports(runtime, container.config());
}

void disconnect_network(Runtime& runtime, std::string_view network, std::string_view name, bool force) {
    const NetworkConfig found = find_network(runtime, network);
    const Container container = runtime.find(name);
    auto locked = lock_container(runtime, container.id(), std::chrono::seconds{60});
    const auto global = runtime.step_lock();
    for (const auto& attachment : network::attachments_of(runtime.db(), container.id())) {
        if (attachment.network_id != found.id) continue;
        const bool running = has_interfaces(locked.row);
        std::int64_t intent = 0;
        commit_change(runtime, locked.row, {}, [&](ContainerState&) {
            intent = state::begin_intent(runtime.db(), "container", attachment.container_id, "disconnect", dump(Json{{"network", attachment.network_id}}));
        });
        fault_point("intent:disconnect");
        disconnect_network(runtime, attachment, container.config(), running ? locked.row.state.init.pid : 0);
        commit_change(runtime, locked.row, {}, [&](ContainerState&) {
            record_membership(runtime, found, "disconnect", attachment.container_id);
            state::finish_intent(runtime.db(), intent);
        });
        if (running) repoint_ports(runtime, container.config());
        return;
    }
    if (!force) throw Error{ErrorKind::NotFound, concat("container ", quote(container.name()), " is not connected to network ", quote(found.name))};
}

}  // namespace skiff::libpod
