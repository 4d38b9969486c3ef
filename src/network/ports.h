#pragma once
/// Published ports: rows of the table `port`, unique by protocol, host address and host port, while the container runs.
/// The mappings that they come from are configuration: host ports are chosen at creation, as podman does.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/ip.h"
#include "network/port_mapping.h"
#include "state/database.h"

namespace skiff::network {

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

/// The container's rows become `ports`, within the caller's Transaction. Throws Error{InUse} naming the port and the container
/// that has it.
void write_published(const state::Database& db, std::string_view container_id, const std::vector<PublishedPort>& ports);
/// Absent is fine.
void forget_published(const state::Database& db, std::string_view container_id);
/// A new epoch: nothing is published.
void forget_all_published(const state::Database& db);
std::vector<PublishedPort> published_by(const state::Database& db, std::string_view container_id);

struct PublishedRow {
    std::string container_id;
    PublishedPort port;
};
std::vector<PublishedRow> all_published(const state::Database& db);

/// "0.0.0.0:8080/tcp" for messages.
std::string host_port_text(const PublishedPort& port);

}  // namespace skiff::network
