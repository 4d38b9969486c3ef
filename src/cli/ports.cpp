#include "cli/ports.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "network/port_mapping.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using network::PortMapping;

/// One port each, sorted.
std::vector<PortMapping> single_ports(const std::vector<PortMapping>& mappings) {
    std::vector<PortMapping> out;
    for (const auto& mapping : mappings) {
        for (unsigned i = 0; i < mapping.range; ++i) {
            out.push_back({mapping.host_ip, static_cast<std::uint16_t>(mapping.host_port + i), static_cast<std::uint16_t>(mapping.container_port + i), 1,
                           mapping.protocol});
        }
    }
    std::sort(out.begin(), out.end(), [](const PortMapping& a, const PortMapping& b) {
        return std::tie(a.container_port, a.protocol, a.host_ip, a.host_port) < std::tie(b.container_port, b.protocol, b.host_ip, b.host_port);
    });
    return out;
}

/// "80/tcp", "90-92/udp".
std::vector<PortMapping> parsed(const std::vector<std::string>& exposed) {
    std::vector<PortMapping> out;
    for (const auto& text : exposed) out.push_back(network::parse_expose("exposed port", text));
    return out;
}

std::string host_ip(const PortMapping& mapping) { return mapping.host_ip.empty() ? "0.0.0.0" : mapping.host_ip; }
std::string container_side(const PortMapping& mapping) { return concat(mapping.container_port, "/", network::protocol_name(mapping.protocol)); }

}  // namespace

OrderedJson ps_ports(const std::vector<network::PortMapping>& published) {
    if (published.empty()) return nullptr;
    OrderedJson out = OrderedJson::array();
    for (const auto& mapping : published) {
        out.push_back({{"host_ip", mapping.host_ip}, {"container_port", mapping.container_port}, {"host_port", mapping.host_port},
                       {"range", mapping.range}, {"protocol", network::protocol_name(mapping.protocol)}});
    }
    return out;
}

OrderedJson ps_exposed_ports(const std::vector<std::string>& exposed) {
    if (exposed.empty()) return nullptr;
    std::map<std::string, std::vector<std::string_view>> by_number;
    for (const auto& port : single_ports(parsed(exposed))) by_number[std::to_string(port.container_port)].push_back(network::protocol_name(port.protocol));
    return by_number;
}

std::string ports_text(const OrderedJson& ports, const OrderedJson& exposed) {
    std::vector<PortMapping> mappings, offered;
    for (const auto& [number, protocols] : exposed.items()) {
        for (const auto& protocol : protocols) offered.push_back(network::parse_expose("exposed port", concat(number, "/", protocol.get<std::string>())));
    }
    for (const auto& port : ports) {
        mappings.push_back({port.at("host_ip").get<std::string>(), port.at("host_port").get<std::uint16_t>(), port.at("container_port").get<std::uint16_t>(),
                            port.at("range").get<std::uint16_t>(), network::parse_protocol(port.at("protocol").get<std::string>()).value_or(network::Protocol::Tcp)});
    }
    return network::ports_column(mappings, offered);
}

OrderedJson port_bindings(const libpod::ContainerConfig& config, bool with_exposed) {
    std::map<std::string, OrderedJson> bindings;
    for (const auto& port : single_ports(config.ports)) {
        bindings[container_side(port)].push_back({{"HostIp", host_ip(port)}, {"HostPort", std::to_string(port.host_port)}});
    }
    if (with_exposed) {
        for (const auto& port : single_ports(parsed(config.exposed_ports))) bindings.try_emplace(container_side(port), nullptr);
    }
    return bindings.empty() ? OrderedJson::object() : OrderedJson(bindings);
}

OrderedJson exposed_ports(const libpod::ContainerConfig& config) {
    OrderedJson out = OrderedJson::object();
    const OrderedJson bindings = port_bindings(config, /*with_exposed=*/true);
    for (const auto& [port, hosts] : bindings.items()) out[port] = OrderedJson::object();
    return out;
}

std::vector<PortLine> port_lines(const libpod::ContainerConfig& config) {
    std::vector<PortLine> out;
    for (const auto& port : single_ports(config.ports)) {
        const bool v6 = port.host_ip.find(':') != std::string::npos;
        out.push_back({container_side(port), concat(v6 ? "[" : "", host_ip(port), v6 ? "]" : "", ":", port.host_port)});
    }
    return out;
}

}  // namespace skiff::cli
