#include "libpod/ports.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "libpod/runtime.h"
#include "network/forwarding.h"
#include "network/nft/firewall.h"
#include "network/store.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using network::Family;
using network::IpAddress;
using network::PortMapping;
using network::Protocol;
using network::PublishedPort;
using oci::monitor::HeldPort;

using Taken = std::set<std::pair<Protocol, unsigned>>;

/// Ports that containers at rest will want again.
Taken ports_of_all_configurations(const Runtime& runtime) {
    Taken out;
    auto query = runtime.db().prepare("SELECT json_extract(config, '$.ports') FROM container WHERE json_extract(config, '$.ports') IS NOT NULL");
    while (query.step()) {
        for (const auto& entry : parse_json(query.text(0), "ports of a container")) {
            const auto protocol = network::parse_protocol(string_or(entry, "protocol", "tcp"));
            const auto first = static_cast<unsigned>(int_or(entry, "host_port"));
            const auto count = static_cast<unsigned>(int_or(entry, "range", 1));
            for (unsigned i = 0; protocol && i < count; ++i) out.emplace(*protocol, first + i);
        }
    }
    return out;
}

std::string any_address(const PortMapping& mapping) { return mapping.host_ip.empty() ? "0.0.0.0" : mapping.host_ip; }

int socket_protocol(Protocol protocol) { return static_cast<int>(protocol); }

/// Binds `first` and the ports behind it once, and lets go.
bool are_free(const PortMapping& mapping, unsigned first, const Taken& taken) {
    if (first + mapping.range > 65536) return false;
    std::vector<HeldPort> ports;
    for (unsigned i = 0; i < mapping.range; ++i) {
        if (taken.contains({mapping.protocol, first + i})) return false;
        ports.push_back({socket_protocol(mapping.protocol), any_address(mapping), static_cast<std::uint16_t>(first + i), {}, 0});
    }
    try {
        oci::monitor::hold_ports(ports);
        return true;
    } catch (const SystemError& error) {
        if (error.code() != EADDRINUSE) throw;
        return false;
    }
}

/// One that the kernel would give to a client: of the ephemeral range.
unsigned suggested_port(const PortMapping& mapping) {
    const bool v4 = mapping.host_ip.find(':') == std::string::npos;
    const int type = mapping.protocol == Protocol::Udp ? SOCK_DGRAM : SOCK_STREAM;
    const UniqueFd fd{::socket(v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0)};
    sockaddr_storage storage{};
    storage.ss_family = v4 ? AF_INET : AF_INET6;
    socklen_t size = v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    if (!fd || ::bind(fd.get(), address, size) != 0 || ::getsockname(fd.get(), address, &size) != 0) throw SystemError{errno, "choosing a port of the host"};
    return ntohs(v4 ? reinterpret_cast<sockaddr_in*>(&storage)->sin_port : reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
}

void choose(PortMapping& mapping, const Taken& taken) {
    constexpr int kAttempts = 200;
    for (int i = 0; i < kAttempts; ++i) {
        const unsigned first = suggested_port(mapping);
        if (!are_free(mapping, first, taken)) continue;
        mapping.host_port = static_cast<std::uint16_t>(first);
        return;
    }
    throw Error{ErrorKind::InUse, concat("choosing free ports of the host for the container's port ", mapping.container_port, "/", network::protocol_name(mapping.protocol), ": none found")};
}

/// The network that published ports lead to: one that answers can leave, if there is any.
const PlannedInterface* entrance(const NetworkPlan& plan) {
    const PlannedInterface* bridge = nullptr;
    for (const auto& planned : plan) {
        if (planned.network.driver != network::Driver::Bridge || !planned.attachment.endpoint) continue;
        if (!planned.network.internal) return &planned;
        if (bridge == nullptr) bridge = &planned;
    }
    return bridge;
}

HeldPort held(const PublishedPort& port, std::string address, bool served) {
    HeldPort out{socket_protocol(port.protocol), std::move(address), port.host_port, {}, 0};
    const auto& target = port.target4 ? port.target4 : port.target6;
    if (!served || !target || port.protocol == Protocol::Sctp) return out;
    out.target = target->text();
    out.target_port = port.container_port;
    return out;
}

}  // namespace

void choose_host_ports(const Runtime& runtime, std::vector<PortMapping>& ports) {
    const bool wanted = std::any_of(ports.begin(), ports.end(), [](const PortMapping& mapping) { return mapping.host_port == 0; });
    if (!wanted) return;
    Taken taken = ports_of_all_configurations(runtime);
    const auto take = [&](const PortMapping& mapping) {
        for (unsigned i = 0; i < mapping.range; ++i) taken.emplace(mapping.protocol, mapping.host_port + i);
    };
    for (const auto& mapping : ports) {
        if (mapping.host_port != 0) take(mapping);
    }
    for (auto& mapping : ports) {
        if (mapping.host_port != 0) continue;
        choose(mapping, taken);
        take(mapping);
    }
}

std::vector<PublishedPort> planned_ports(const ContainerConfig& config, const NetworkPlan& plan) {
    if (config.ports.empty()) return {};
    const PlannedInterface* to = entrance(plan);
    if (to == nullptr) return {};
    const auto& endpoint = *to->attachment.endpoint;
    return network::published_ports(config.ports, endpoint.first_address(Family::V4), endpoint.first_address(Family::V6));
}

std::vector<HeldPort> held_ports(const std::vector<PublishedPort>& ports) {
    std::vector<HeldPort> out;
    for (const auto& port : ports) {
        if (!port.host || port.host->is_v4()) out.push_back(held(port, port.host ? port.host->text() : "0.0.0.0", /*served=*/false));
        if (!port.host || !port.host->is_v4()) out.push_back(held(port, port.host ? port.host->text() : "::", /*served=*/true));
    }
    return out;
}

void reload_rules(const Runtime& runtime) {
    for (const auto& warning : runtime.firewall().remake()) log::warn(concat(warning, ", ignoring"));
}

void restore_rules(const Runtime& runtime) noexcept {
    try {
        runtime.firewall().remake(/*only_if_changed=*/true);
    } catch (const std::exception& error) {
        log::warn(concat("making the packet filter's rules anew: ", error.what(), ", ignoring"));
    }
}

void drop_rules(const Runtime& runtime) { runtime.firewall().remove(); }

void repoint_ports(const Runtime& runtime, const ContainerConfig& config) {
    if (config.ports.empty()) return;
    NetworkPlan plan;
    for (auto& attachment : network::attachments_of(runtime.db(), config.id)) {
        auto network = network::read_network(runtime.db(), attachment.network_id);
        if (network && attachment.endpoint) plan.push_back({std::move(*network), std::move(attachment)});
    }
    auto ports = planned_ports(config, plan);
    auto before = network::published_by(runtime.db(), config.id);
    std::sort(ports.begin(), ports.end());
    std::sort(before.begin(), before.end());
    if (ports == before) return;
    state::Transaction transaction{runtime.db()};
    network::write_published(runtime.db(), config.id, ports);
    transaction.commit();
    reload_rules(runtime);
}

void publish_ports(const Runtime& runtime, const ContainerConfig& config, const NetworkPlan& plan,
                   const std::vector<PublishedPort>& ports) {
    if (!ports.empty()) {
        for (const auto& planned : plan) {
            if (!planned.attachment.endpoint->host_link.empty()) network::reflect_on(planned.attachment.endpoint->host_link);
        }
        runtime.firewall().publish(config.id);
        runtime.firewall().finish();
    } else if (!config.ports.empty()) {
        log::warn(concat("container ", quote(config.name), " is on no bridge network: its ports cannot be published, ignoring"));
    }
}

}  // namespace skiff::libpod
