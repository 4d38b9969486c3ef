#include "cli/inspect_network.h"

#include "cli/ports.h"
#include "libpod/container.h"
#include "libpod/networks.h"
#include "network/store.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using network::AttachmentRow;
using network::Family;

void put_address(OrderedJson& json, const AttachmentRow& row, Family family, const char* address_key, const char* length_key) {
    json[address_key] = "";
    json[length_key] = 0;
    if (!row.endpoint) return;
    for (const auto& prefix : row.endpoint->addresses) {
        if (prefix.address.family() != family) continue;
        json[address_key] = prefix.address.text();
        json[length_key] = prefix.length;
        return;
    }
}

/// The default route's, or on an internal network the bridge's own.
std::string gateway_text(const AttachmentRow& row, const network::NetworkConfig& network, Family family) {
    if (!row.endpoint) return {};
    for (const auto& subnet : network.subnets) {
        if (subnet.gateway && subnet.gateway->family() == family) return subnet.gateway->text();
    }
    return {};
}

void put_addresses(OrderedJson& json, const AttachmentRow& row, const network::NetworkConfig& network) {
    json["EndpointID"] = "";
    json["Gateway"] = gateway_text(row, network, Family::V4);
    put_address(json, row, Family::V4, "IPAddress", "IPPrefixLen");
    json["IPv6Gateway"] = gateway_text(row, network, Family::V6);
    put_address(json, row, Family::V6, "GlobalIPv6Address", "GlobalIPv6PrefixLen");
    json["MacAddress"] = row.endpoint ? row.endpoint->mac.text() : row.config.mac ? row.config.mac->text() : "";
}

OrderedJson entry_of(const AttachmentRow& row, const network::NetworkConfig& network) {
    OrderedJson json;
    put_addresses(json, row, network);
    json["NetworkID"] = network.name;
    json["DriverOpts"] = nullptr;
    json["IPAMConfig"] = nullptr;
    json["Links"] = nullptr;
    OrderedJson aliases = row.config.aliases;
    aliases.push_back(row.container_id.substr(0, 12));
    json["Aliases"] = std::move(aliases);
    return json;
}

OrderedJson without_addresses() {
    OrderedJson json;
    for (const char* key : {"EndpointID", "Gateway", "IPAddress"}) json[key] = "";
    json["IPPrefixLen"] = 0;
    json["IPv6Gateway"] = "";
    json["GlobalIPv6Address"] = "";
    json["GlobalIPv6PrefixLen"] = 0;
    json["MacAddress"] = "";
    return json;
}

}  // namespace

OrderedJson inspect_network_settings(const libpod::Container& container) {
    const auto& runtime = container.runtime();
    OrderedJson json = without_addresses();
    OrderedJson networks = OrderedJson::object();
    for (const auto& row : network::attachments_of(runtime.db(), container.id())) {
        const auto network = network::read_network(runtime.db(), row.network_id);
        if (!network) continue;
        networks[network->name] = entry_of(row, *network);
        if (network->name == libpod::default_network_name(runtime)) put_addresses(json, row, *network);
    }
    for (const char* key : {"Bridge", "SandboxID"}) json[key] = "";
    json["HairpinMode"] = false;
    json["LinkLocalIPv6Address"] = "";
    json["LinkLocalIPv6PrefixLen"] = 0;
    json["Ports"] = port_bindings(container.config(), /*with_exposed=*/true);
    const bool own = container.config().namespaces.network.kind != libpod::NamespaceKind::Host;
    const pid_t pid = container.state().init.pid;
    json["SandboxKey"] = pid > 0 && own ? concat("/proc/", pid, "/ns/net") : "";
    if (!networks.empty()) json["Networks"] = std::move(networks);
    return json;
}

}  // namespace skiff::cli
