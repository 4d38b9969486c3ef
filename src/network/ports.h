#pragma once
/// Published ports: what -p and --expose say, and the rows of the table `port`.
///
/// A mapping is part of a container's configuration (host ports are chosen at creation, as podman does); a published port is a
/// row, unique by protocol, host address and host port, while the container runs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/ip.h"
#include "state/database.h"

namespace skiff::network {

/// The values are the IP protocol numbers.
enum class Protocol : std::uint8_t { Tcp = 6, Udp = 17, Sctp = 132 };
std::string_view protocol_name(Protocol protocol);
/// "tcp", "udp", "sctp" in any case; nullopt otherwise.
std::optional<Protocol> parse_protocol(std::string_view text);

/// -p [[IP:][HOST_PORT[-LAST]]:]PORT[-LAST][/PROTOCOL]: `range` ports from `host_port` on go to those from `container_port` on.
struct PortMapping {
    std::string host_ip;               ///< canonical; empty: every address of the host
    std::uint16_t host_port = 0;       ///< 0: any free one (before the container is created)
    std::uint16_t container_port = 0;
    std::uint16_t range = 1;
    Protocol protocol = Protocol::Tcp;
    auto operator<=>(const PortMapping&) const = default;
};

/// One value of -p. Throws Error{Invalid}.
PortMapping parse_publish(std::string_view value);
/// One value of --expose, or an image's EXPOSE: "80", "80/udp", "8000-8010/tcp". Throws Error{Invalid} naming `what`.
PortMapping parse_expose(std::string_view what, std::string_view value);

/// Sorted, the same twice once. Throws Error{Invalid} where two mappings want one host port for different ports.
std::vector<PortMapping> normalized(std::vector<PortMapping> mappings);

/// Gives each host port that is 0 a free one: bound once and let go, and not in the table `port`. Throws Error{InUse}.
void choose_host_ports(const state::Database& db, std::vector<PortMapping>& mappings);

/// Words of podman's listings: "0.0.0.0:8080->80/tcp", ranges joined, mappings by ", "; exposed ones as "80/tcp".
std::string ports_column(const std::vector<PortMapping>& mappings, const std::vector<PortMapping>& exposed);

/// One row: one port of the host.
struct PublishedPort {
    Protocol protocol = Protocol::Tcp;
    std::optional<IpAddress> host;  ///< nullopt: every address
    std::uint16_t host_port = 0;
    std::uint16_t container_port = 0;
    std::optional<IpAddress> target4, target6;  ///< the container's addresses that it leads to
    auto operator<=>(const PublishedPort&) const = default;
};

/// One for each port of `mappings`.
std::vector<PublishedPort> published_ports(const std::vector<PortMapping>& mappings, std::optional<IpAddress> target4,
                                           std::optional<IpAddress> target6);

/// The container's rows become `ports`. Throws Error{InUse} naming the port and the container that has it.
void write_published(const state::Database& db, std::string_view container_id, const std::vector<PublishedPort>& ports);
std::vector<PublishedPort> published_by(const state::Database& db, std::string_view container_id);

struct PublishedRow {
    std::string container_id;
    PublishedPort port;
};
std::vector<PublishedRow> all_published(const state::Database& db);

/// "0.0.0.0:8080/tcp" for messages.
std::string host_port_text(const PublishedPort& port);

}  // namespace skiff::network
