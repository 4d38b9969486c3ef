#include "network/nft/firewall.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>

#include "network/dns/responder.h"
#include "network/forwarding.h"
#include "network/nft/connection.h"
#include "network/nft/conntrack.h"
#include "network/nft/foreign.h"
#include "network/nft/record.h"
#include "network/store.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::network {
namespace {

using nft::BridgeRules;
using nft::Connection;
using nft::InForce;
using nft::Record;
using nft::Ruleset;

/// Somebody else's bridge, or none, has no rules of ours.
bool has_rules(const NetworkConfig& network) {
    return network.driver == Driver::Bridge && network.mode != "unmanaged" && !network.interface.empty();
}

BridgeRules rules_of(const NetworkConfig& network) {
    BridgeRules rules;
    rules.bridge = network.interface;
    for (const auto& subnet : network.subnets) rules.subnets.push_back(subnet.prefix);
    rules.internal = network.internal;
    rules.isolation = network.options.contains("isolate") ? network.isolate : Isolation::Yes;
    return rules;
}

std::vector<nft::DnsRule> dns_rules_of(const fs::path& runroot, const NetworkConfig& network) {
    std::vector<nft::DnsRule> out;
    const std::uint16_t port = network.dns_enabled ? dns::responder_port(runroot, network.id) : std::uint16_t{0};
    if (port == 0) return out;
    for (const auto& subnet : network.subnets) {
        if (subnet.gateway) out.push_back({network.interface, *subnet.gateway, port});
    }
    return out;
}

bool is_in_use(const state::Database& db, const std::string& network_id) {
    auto query = db.prepare("SELECT 1 FROM attachment WHERE network_id = ? AND endpoint IS NOT NULL LIMIT 1");
    return query.bind(network_id).step();
}

Ruleset collect(const state::Database& db, const fs::path& runroot) {
    Ruleset out;
    for (const auto& network : read_all_networks(db)) {
        if (!has_rules(network) || !is_in_use(db, network.id)) continue;
        out.bridges.push_back(rules_of(network));
        for (auto& rule : dns_rules_of(runroot, network)) out.dns.push_back(std::move(rule));
    }
    out.ports = all_published(db);
    return out;
}

/// The table of one runroot, locked.
class Table {
public:
    Table(const state::Database& db, const fs::path& runroot, Connection& connection)
        : db_{db}, runroot_{runroot}, name_{nft::table_name(runroot.native())}, record_{runroot}, facts_{record_.read()}, connection_{connection} {}

    /// Nobody changed the ruleset since we did.
    bool is_unchanged() {
        return facts_.name_space == nft::own_network_namespace() && facts_.generation == connection_.generation();
    }
    /// The table is in another network namespace: `ip netns exec … skiff ps` has nothing to mend here.
    bool is_elsewhere() const { return facts_.name_space != 0 && facts_.name_space != nft::own_network_namespace(); }
    bool has(const std::string& bridge) const { return facts_.bridges.contains(bridge); }
    bool is_blocked() const { return facts_.blocked; }
    bool is_recorded() const { return !record_.empty(); }

    /// Everything anew; without a network in use and without ports the table goes.
    std::vector<std::string> make() {
        const Ruleset ruleset = collect(db_, runroot_);
        if (ruleset.bridges.empty() && ruleset.ports.empty()) {
            remove();
            return {};
        }
        auto foreign = nft::pass_through(connection_, name_, ruleset.bridges);
        auto steps = nft::whole_ruleset(name_, ruleset);
        std::move(foreign.steps.begin(), foreign.steps.end(), std::back_inserter(steps));
        InForce facts;
        for (const auto& bridge : ruleset.bridges) facts.bridges.insert(bridge.bridge);
        facts.blocked = !foreign.warnings.empty();
        commit(std::move(steps), std::move(facts));
        log::debug(concat("packet filter: made table ", name_, " for ", ruleset.bridges.size(), " networks and ", ruleset.ports.size(), " ports"));
        return std::move(foreign.warnings);
    }

    /// Whoever comes after our death makes everything anew.
    void doubt() const { record_.write({}); }

    /// A few elements, where nothing else changed; anything unexpected, and the whole is made.
    void change(nft::Steps steps) {
        if (!is_unchanged()) {
            make();
            return;
        }
        try {
            commit(std::move(steps), facts_);
        } catch (const SystemError& error) {
            log::debug(concat(error.what(), "; making the table anew"));
            make();
        }
    }

    void remove() {
        nft::Steps steps;
        if (connection_.has_table(name_)) steps = nft::delete_table(name_);
        auto foreign = nft::pass_through(connection_, name_, {});
        std::move(foreign.steps.begin(), foreign.steps.end(), std::back_inserter(steps));
        connection_.commit(std::move(steps));
        record_.clear();
    }

    const std::string& name() const noexcept { return name_; }

private:
    /// The record is wrong for a moment, in the safe direction: whoever finds it so makes everything anew.
    void commit(nft::Steps steps, InForce facts) {
        if (steps.empty()) return record_.write(facts);
        const std::uint32_t before = connection_.generation();
        doubt();
        fault_point("nft:commit");
        connection_.commit(std::move(steps));
        fault_point("nft:committed");
        const std::uint32_t after = connection_.generation();
        const bool alone = after == before + 1;
        facts.name_space = alone ? nft::own_network_namespace() : 0;
        facts.generation = after;
        record_.write(facts);
        facts_ = std::move(facts);
    }

    const state::Database& db_;
    const fs::path& runroot_;
    std::string name_;
    Record record_;
    InForce facts_;
    Connection& connection_;
};

void add_udp_ports(nft::Forgotten& forgotten, const std::vector<PublishedPort>& ports) {
    for (const auto& port : ports) {
        if (port.protocol == Protocol::Udp) forgotten.udp_ports.push_back(port.host_port);
    }
}

void prepare_host(const NetworkConfig& network) {
    const auto has = [&](bool v4) {
        return std::any_of(network.subnets.begin(), network.subnets.end(), [&](const Subnet& subnet) { return subnet.prefix.address.is_v4() == v4; });
    };
    if (has(/*v4=*/true)) {
        if (!network.internal) forward_ipv4();
        allow_loopback_routing(network.interface);
    }
    if (has(/*v4=*/false) && !network.internal) forward_ipv6();
}

}  // namespace

Firewall::Firewall(const state::Database& db, fs::path runroot)
    : db_{db}, runroot_{std::move(runroot)}, forgotten_{std::make_unique<nft::Forgotten>()} {}

Firewall::~Firewall() { finish(); }

void Firewall::finish() noexcept {
    const bool waits = connection_ && connection_->has_deleted();
    nft::finish_in_background(*forgotten_, waits ? connection_->fd() : -1);
    *forgotten_ = {};
    if (waits) connection_.reset();
}

Connection& Firewall::connection() {
    if (!connection_) connection_ = std::make_unique<Connection>();
    return *connection_;
}

std::vector<std::string> Firewall::admit(const NetworkConfig& network) {
    if (!has_rules(network)) return {};
    std::vector<std::string> warnings;
    {
        Table table{db_, runroot_, connection()};
        if (table.is_blocked() || !table.has(network.interface) || !table.is_unchanged()) warnings = table.make();
    }
    prepare_host(network);  // after the rules: route_localnet only with the guard
    return warnings;
}

void Firewall::refresh() {
    if (!is_recorded()) return;
    Table table{db_, runroot_, connection()};
    if (table.is_recorded()) table.make();
}

std::vector<std::string> Firewall::remake(bool only_if_changed) {
    if (only_if_changed && (!is_recorded() || is_in_force())) return {};
    Table table{db_, runroot_, connection()};
    if (only_if_changed && (!table.is_recorded() || table.is_elsewhere() || table.is_unchanged())) return {};
    return table.make();
}

/// Every command asks this, many of them at once: no lock is taken for the common answer.
bool Firewall::is_in_force() {
    const InForce facts = nft::peek(runroot_);
    return facts.name_space == nft::own_network_namespace() && facts.generation == connection().generation();
}

bool Firewall::is_recorded() const {
    std::error_code ignored;
    const auto size = fs::file_size(Record::path(runroot_), ignored);
    return !ignored && size > 0;
}

void Firewall::publish(std::string_view container_id) {
    std::vector<PublishedPort> ports;
    {
        Table table{db_, runroot_, connection()};
        ports = published_by(db_, container_id);
        if (ports.empty()) return;
        table.change(nft::add_ports(table.name(), container_id, ports));
    }
    add_udp_ports(*forgotten_, ports);
}

void Firewall::withdraw(std::string_view container_id) {
    if (published_by(db_, container_id).empty()) return;
    std::vector<PublishedPort> ports;
    {
        Table table{db_, runroot_, connection()};
        ports = published_by(db_, container_id);
        table.doubt();
        forget_published(db_, container_id);
        fault_point("ports:withdrawn");
        if (table.is_recorded()) table.change(nft::remove_ports(table.name(), ports));
    }
    add_udp_ports(*forgotten_, ports);
}

void Firewall::forget_connections(std::span<const IpAddress> addresses) {
    forgotten_->addresses.insert(forgotten_->addresses.end(), addresses.begin(), addresses.end());
}

void Firewall::remove() {
    if (!is_recorded()) return;
    Table table{db_, runroot_, connection()};
    table.remove();
}

void redirect_dns(const fs::path& runroot, const std::string& bridge, const IpAddress& gateway, std::uint16_t port) {
    Record record{runroot};
    if (record.empty()) return;
    const std::string table = nft::table_name(runroot.native());
    Connection connection;
    const nft::DnsRule rule{bridge, gateway, port};
    InForce facts = record.read();
    const std::uint32_t before = connection.generation();
    record.write({});
    try {
        connection.commit(nft::remove_dns(table, {bridge, gateway, 0}));
    } catch (const SystemError& error) {
        if (error.code() != ENOENT) throw;
    }
    connection.commit(nft::add_dns(table, rule));
    if (facts.generation != before) return;
    facts.generation = connection.generation();
    record.write(facts);
}

}  // namespace skiff::network
