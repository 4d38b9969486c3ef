#include "cli/network_document.h"

#include <regex.h>

#include <algorithm>
#include <map>
#include <set>

#include "libpod/runtime.h"
#include "network/store.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using network::NetworkConfig;

OrderedJson subnet_document(const network::Subnet& subnet) {
    OrderedJson json{{"subnet", subnet.prefix.text()}};
    if (subnet.gateway) json["gateway"] = subnet.gateway->text();
    if (subnet.range_first) json["lease_range"] = {{"start_ip", subnet.range_first->text()}, {"end_ip", subnet.range_last->text()}};
    return json;
}

OrderedJson route_document(const network::Route& route) {
    OrderedJson json{{"destination", route.destination.text()}, {"gateway", route.gateway.text()}};
    if (route.metric) json["metric"] = *route.metric;
    return json;
}

bool matches_pattern(const std::string& pattern, const std::string& text) {
    regex_t compiled;
    if (::regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return text == pattern;
    const bool found = ::regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
    ::regfree(&compiled);
    return found;
}

bool has_label(const NetworkConfig& network, const std::string& wanted) {
    const auto parts = split_once(wanted, '=');
    const auto found = network.labels.find(parts ? parts->first : wanted);
    return found != network.labels.end() && (!parts || found->second == parts->second);
}

}  // namespace

OrderedJson network_document(const NetworkConfig& network) {
    OrderedJson json{{"name", network.name}, {"id", network.id}, {"driver", network::driver_name(network.driver)}};
    json["network_interface"] = network.interface;
    json["created"] = rfc3339(network.created_at);
    for (const auto& subnet : network.subnets) json["subnets"].push_back(subnet_document(subnet));
    for (const auto& route : network.routes) json["routes"].push_back(route_document(route));
    json["ipv6_enabled"] = network.ipv6;
    json["internal"] = network.internal;
    json["dns_enabled"] = network.dns_enabled;
    if (!network.dns_servers.empty()) json["network_dns_servers"] = network.dns_servers;
    if (!network.labels.empty()) json["labels"] = network.labels;
    if (!network.options.empty()) json["options"] = network.options;
    json["ipam_options"] = {{"driver", network.ipam_driver}};
    return json;
}

OrderedJson network_containers(const libpod::Runtime& runtime, const NetworkConfig& network) {
    OrderedJson json = OrderedJson::object();
    auto name = runtime.db().prepare("SELECT name FROM name WHERE container_id = ?");
    for (const auto& member : network::members_of(runtime.db(), network.id)) {
        if (!member.endpoint) continue;
        OrderedJson subnets = OrderedJson::array();
        for (const auto& address : member.endpoint->addresses) {
            OrderedJson subnet{{"ipnet", address.text()}};
            for (const auto& gateway : member.endpoint->gateways) {
                if (address.contains(gateway)) subnet["gateway"] = gateway.text();
            }
            subnets.push_back(std::move(subnet));
        }
        const OrderedJson interface{{"subnets", std::move(subnets)}, {"mac_address", member.endpoint->mac.text()}};
        name.reset();
        name.bind(member.container_id);
        json[member.container_id] = {{"name", name.step() ? name.text(0) : ""}, {"interfaces", {{member.endpoint->interface, interface}}}};
    }
    return json;
}

Methods network_methods(bool in_full) {
    Methods methods;
    methods["ID"] = [in_full](const OrderedJson& row, std::span<const OrderedJson>) {
        const std::string id = row.at("id").get<std::string>();
        return OrderedJson(in_full ? id : id.substr(0, 12));
    };
    return methods;
}

NetworkFilter::NetworkFilter(const libpod::Runtime& runtime, const std::vector<std::string>& filters, const std::vector<std::string>& keys)
    : runtime_{runtime} {
    for (const auto& filter : filters) {
        const auto parts = split_once(filter, '=');
        const std::string key = parts ? parts->first : filter;
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            throw Error{ErrorKind::Invalid, concat("--filter ", quote(filter), ": there is no filter ", quote(key)), join(keys, ", ")};
        }
        if (!parts) throw Error{ErrorKind::Invalid, concat("--filter ", quote(filter), ": is malformed"), "KEY=VALUE"};
        conditions_.push_back({key, parts->second});
        const bool boolean = parts->second == "true" || parts->second == "false" || parts->second == "1" || parts->second == "0";
        if (key == "dangling" && !boolean) throw Error{ErrorKind::Invalid, concat("--filter ", quote(filter), ": is neither true nor false")};
        if (key == "until" && !parse_time_or_ago(parts->second, now_nanos())) throw Error{ErrorKind::Invalid, concat("--filter ", quote(filter), ": is no time")};
    }
}

bool NetworkFilter::matches(const Condition& condition, const NetworkConfig& network) const {
    const auto& [key, value] = condition;
    if (key == "name") return matches_pattern(value, network.name);
    if (key == "id") return matches_pattern(concat("^", value), network.id);
    if (key == "driver") return network::driver_name(network.driver) == value;
    if (key == "label") return has_label(network, value);
    if (key == "label!") return !has_label(network, value);
    if (key == "until") return network.created_at < *parse_time_or_ago(value, now_nanos());
    const bool unused = network::members_of(runtime_.db(), network.id).empty();
    return unused == (value == "true" || value == "1");
}

bool NetworkFilter::matches(const NetworkConfig& network) const {
    std::set<std::string> unmet;
    std::set<std::string> met;
    for (const auto& condition : conditions_) {
        const bool all_wanted = condition.key.starts_with("label");
        if (matches(condition, network)) met.insert(condition.key);
        else if (all_wanted) return false;
        else unmet.insert(condition.key);
    }
    return std::includes(met.begin(), met.end(), unmet.begin(), unmet.end());
}

}  // namespace skiff::cli
