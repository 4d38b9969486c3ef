#include "libpod/network_names.h"

#include <map>

#include "libpod/containers_conf.h"
#include "libpod/runtime.h"
#include "libpod/spec/etc_files.h"
#include "network/dns/responder.h"
#include "network/store.h"
#include "oci/monitor/companions.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using network::dns::Member;
using network::dns::Records;

std::vector<std::string> string_list(const std::optional<std::string>& json) {
    if (!json) return {};
    return parse_json(*json, "a container's DNS options").get<std::vector<std::string>>();
}

std::vector<Member> named_members(const state::Database& db, const std::string& network_id) {
    auto rows = db.prepare(
        "SELECT a.endpoint, json_extract(c.config, '$.dns.servers'), json_extract(c.config, '$.dns.searches') FROM attachment a JOIN container c ON c.id = a.container_id "
        "WHERE a.network_id = ? AND a.endpoint IS NOT NULL");
    rows.bind(network_id);
    std::vector<Member> members;
    const auto of_host = host_search_domains();
    while (rows.step()) {
        const auto endpoint = network::endpoint_from_json(parse_json(rows.text(0), "an endpoint"));
        if (endpoint.leaving) continue;
        Member member{endpoint.container_id, endpoint.aliases, {}, string_list(rows.text_or_null(1)), {}, string_list(rows.text_or_null(2)), false};
        if (member.searches.empty()) member.searches = of_host;
        std::erase(member.servers, "none");  // --dns none is about its file: whoever asks all the same gets the host's
        for (const auto& address : endpoint.addresses) member.addresses.push_back(address.address.text());
        members.push_back(std::move(member));
    }
    return members;
}

/// The other networks of the members.
void add_other_networks(const state::Database& db, const std::string& network_id, std::vector<Member>& members) {
    std::map<std::string, Member*> by_id;
    for (auto& member : members) by_id[member.id] = &member;
    auto rows = db.prepare(
        "SELECT a.container_id, n.id, json_extract(n.config, '$.dns_enabled'), json_extract(n.config, '$.internal') FROM attachment a "
        "JOIN network n ON n.id = a.network_id WHERE a.endpoint IS NOT NULL AND n.id <> ?1 AND a.container_id IN "
        "(SELECT container_id FROM attachment WHERE network_id = ?1 AND endpoint IS NOT NULL)");
    rows.bind(network_id);
    while (rows.step()) {
        const auto member = by_id.find(rows.text(0));
        if (member == by_id.end()) continue;
        if (rows.integer(2) != 0) member->second->also.push_back(rows.text(1));
        if (rows.integer(3) == 0) member->second->outside = true;
    }
}

/// containers.conf dns_bind_port; 0: the usual one.
std::uint16_t configured_port(const Runtime& runtime) {
    const auto port = runtime.engine_config().dns_bind_port;
    if (port == 0 || port > 65535) throw Error{ErrorKind::Invalid, concat("containers.conf dns_bind_port ", port, ": is no port")};
    return port == 53 ? 0 : static_cast<std::uint16_t>(port);
}

Records current_records(const Runtime& runtime, const std::string& network_id) {
    const state::Snapshot snapshot{runtime.db()};
    Records records;
    const auto config = network::read_network(runtime.db(), network_id);
    if (!config) return records;
    records.network = config->name;
    records.bridge = config->interface;
    for (const auto& subnet : config->subnets) {
        records.subnets.push_back(subnet.prefix.text());
        if (!subnet.gateway) continue;
        records.listen.push_back(subnet.gateway->text());
        records.host_addresses.push_back(subnet.gateway->text());
    }
    records.internal = config->internal;
    records.servers = config->dns_servers;
    records.port = configured_port(runtime);
    records.members = named_members(runtime.db(), network_id);
    add_other_networks(runtime.db(), network_id, records.members);
    return records;
}

}  // namespace

void publish_names(const Runtime& runtime, const std::vector<network::NetworkConfig>& networks) {
    for (const auto& network : networks) {
        if (!network.dns_enabled) continue;
        network::dns::publish(runtime.options().runroot, network.id, [&] { return current_records(runtime, network.id); });
    }
}

void publish_names_of(const Runtime& runtime, const std::string& container_id) {
    std::vector<network::NetworkConfig> networks;
    for (const auto& attachment : network::attachments_of(runtime.db(), container_id)) {
        if (!attachment.endpoint) continue;
        if (auto network = network::read_network(runtime.db(), attachment.network_id)) networks.push_back(std::move(*network));
    }
    publish_names(runtime, networks);
}

void watch_responders(const Runtime& runtime, const std::string& container_id) {
    std::vector<LoneProcess> responders;
    for (const auto& attachment : network::attachments_of(runtime.db(), container_id)) {
        if (!attachment.endpoint || attachment.endpoint->leaving) continue;
        const auto network = network::read_network(runtime.db(), attachment.network_id);
        if (network && network->dns_enabled) responders.push_back(network::dns::responder_process(runtime.options().runroot, network->id));
    }
    oci::monitor::set_companions(runtime.run_dir(container_id), responders);
}

}  // namespace skiff::libpod
