#include "network/config.h"

#include <array>

#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::network {
namespace {

constexpr std::array<std::pair<std::string_view, Driver>, 3> kDrivers{
    {{"bridge", Driver::Bridge}, {"macvlan", Driver::Macvlan}, {"ipvlan", Driver::Ipvlan}}};
constexpr std::array<std::pair<std::string_view, Isolation>, 3> kIsolations{
    {{"no", Isolation::No}, {"yes", Isolation::Yes}, {"strict", Isolation::Strict}}};

[[noreturn]] void corrupt(std::string_view what) { throw Error{ErrorKind::Corrupt, concat("stored network: ", quote(what), " is malformed")}; }

template <typename Table, typename Value>
std::string word_of(const Table& table, Value value) {
    for (const auto& [word, candidate] : table) {
        if (candidate == value) return std::string{word};
    }
    return {};
}

template <typename Value, typename Table>
Value value_of(const Table& table, const std::string& word, Value fallback) {
    if (word.empty()) return fallback;
    for (const auto& [candidate, value] : table) {
        if (candidate == word) return value;
    }
    corrupt(word);
}

IpAddress address_from(const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (!address) corrupt(text);
    return *address;
}

std::optional<IpAddress> address_or_none(const Json& object, const char* key) {
    const std::string text = string_or(object, key);
    return text.empty() ? std::nullopt : std::optional{address_from(text)};
}

IpPrefix prefix_from(const std::string& text) {
    const auto prefix = IpPrefix::parse(text);
    if (!prefix) corrupt(text);
    return *prefix;
}

template <typename Number>
std::optional<Number> number_or_none(const Json& object, const char* key) {
    if (member(object, key) == nullptr) return std::nullopt;
    const auto value = int_or(object, key);
    if (!std::in_range<Number>(value)) corrupt(key);
    return static_cast<Number>(value);
}

const Json& list(const Json& object, const char* key) {
    static const Json kEmpty = Json::array();
    const Json* found = member(object, key);
    if (found != nullptr && !found->is_array()) corrupt(key);
    return found != nullptr ? *found : kEmpty;
}

std::map<std::string, std::string> words(const Json& object, const char* key) {
    std::map<std::string, std::string> out;
    const Json* found = member(object, key);
    if (found == nullptr) return out;
    for (const auto& [name, value] : found->items()) out[name] = value.is_string() ? value.get<std::string>() : value.dump();
    return out;
}

Json to_json(const Subnet& subnet) {
    Json out{{"subnet", subnet.prefix.text()}};
    if (subnet.gateway) out["gateway"] = subnet.gateway->text();
    if (subnet.range_first) out["range_first"] = subnet.range_first->text();
    if (subnet.range_last) out["range_last"] = subnet.range_last->text();
    return out;
}

Subnet subnet_from(const Json& document) {
    return {prefix_from(string_or(document, "subnet")), address_or_none(document, "gateway"), address_or_none(document, "range_first"),
            address_or_none(document, "range_last")};
}

Json to_json(const Route& route) {
    Json out{{"destination", route.destination.text()}, {"gateway", route.gateway.text()}};
    if (route.metric) out["metric"] = *route.metric;
    return out;
}

Route route_from(const Json& document) {
    return {prefix_from(string_or(document, "destination")), address_from(string_or(document, "gateway")),
            number_or_none<std::uint32_t>(document, "metric")};
}

void put_options(Json& out, const NetworkConfig& config) {
    if (config.mtu) out["mtu"] = *config.mtu;
    if (config.vlan) out["vlan"] = *config.vlan;
    if (config.metric) out["metric"] = *config.metric;
    if (config.isolate != Isolation::No) out["isolate"] = word_of(kIsolations, config.isolate);
    if (config.no_default_route) out["no_default_route"] = true;
    if (!config.mode.empty()) out["mode"] = config.mode;
    if (!config.vrf.empty()) out["vrf"] = config.vrf;
}

void take_options(const Json& document, NetworkConfig& config) {
    config.mtu = number_or_none<std::uint32_t>(document, "mtu");
    config.vlan = number_or_none<std::uint16_t>(document, "vlan");
    config.metric = number_or_none<std::uint32_t>(document, "metric");
    config.isolate = value_of(kIsolations, string_or(document, "isolate"), Isolation::No);
    config.no_default_route = bool_or(document, "no_default_route");
    config.mode = string_or(document, "mode");
    config.vrf = string_or(document, "vrf");
}

}  // namespace

std::string_view driver_name(Driver driver) {
    for (const auto& [word, candidate] : kDrivers) {
        if (candidate == driver) return word;
    }
    return {};
}

Json to_json(const NetworkConfig& config) {
    Json out{{"driver", driver_name(config.driver)},
             {"interface", config.interface},
             {"ipv6", config.ipv6},
             {"internal", config.internal},
             {"dns_enabled", config.dns_enabled},
             {"dns_servers", config.dns_servers},
             {"labels", config.labels},
             {"options", config.options},
             {"ipam_driver", config.ipam_driver}};
    out["subnets"] = Json::array();
    for (const auto& subnet : config.subnets) out["subnets"].push_back(to_json(subnet));
    out["routes"] = Json::array();
    for (const auto& route : config.routes) out["routes"].push_back(to_json(route));
    put_options(out, config);
    return out;
}

NetworkConfig network_from_json(const Json& document) {
    NetworkConfig config;
    config.driver = value_of(kDrivers, string_or(document, "driver"), Driver::Bridge);
    config.interface = string_or(document, "interface");
    config.ipv6 = bool_or(document, "ipv6");
    config.internal = bool_or(document, "internal");
    config.dns_enabled = bool_or(document, "dns_enabled", true);
    config.dns_servers = strings_or_empty(document, "dns_servers");
    config.labels = words(document, "labels");
    config.options = words(document, "options");
    config.ipam_driver = string_or(document, "ipam_driver", "host-local");
    for (const auto& subnet : list(document, "subnets")) config.subnets.push_back(subnet_from(subnet));
    for (const auto& route : list(document, "routes")) config.routes.push_back(route_from(route));
    take_options(document, config);
    return config;
}

std::optional<IpAddress> Endpoint::first_address(Family family) const {
    for (const auto& prefix : addresses) {
        if (prefix.address.family() == family) return prefix.address;
    }
    return std::nullopt;
}

Json to_json(const Endpoint& endpoint) {
    Json out{{"network_id", endpoint.network_id}, {"container_id", endpoint.container_id}, {"slot", endpoint.slot},
             {"host_link", endpoint.host_link},   {"interface", endpoint.interface},       {"mac", endpoint.mac.text()},
             {"aliases", endpoint.aliases}};
    out["addresses"] = Json::array();
    for (const auto& address : endpoint.addresses) out["addresses"].push_back(address.text());
    out["gateways"] = Json::array();
    for (const auto& gateway : endpoint.gateways) out["gateways"].push_back(gateway.text());
    if (endpoint.leaving) out["leaving"] = true;
    return out;
}

Endpoint endpoint_from_json(const Json& document) {
    Endpoint endpoint;
    endpoint.network_id = string_or(document, "network_id");
    endpoint.container_id = string_or(document, "container_id");
    endpoint.slot = static_cast<unsigned>(int_or(document, "slot"));
    endpoint.host_link = string_or(document, "host_link");
    endpoint.interface = string_or(document, "interface");
    const auto mac = MacAddress::parse(string_or(document, "mac"));
    if (!mac) corrupt("mac");
    endpoint.mac = *mac;
    endpoint.aliases = strings_or_empty(document, "aliases");
    endpoint.leaving = bool_or(document, "leaving");
    for (const auto& text : strings_or_empty(document, "addresses")) endpoint.addresses.push_back(prefix_from(text));
    for (const auto& text : strings_or_empty(document, "gateways")) endpoint.gateways.push_back(address_from(text));
    return endpoint;
}

}  // namespace skiff::network
