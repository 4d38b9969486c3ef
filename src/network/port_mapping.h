#pragma once
/// What -p and --expose say: part of a container's configuration. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// Words of podman's listings: "0.0.0.0:8080->80/tcp", ranges joined, mappings by ", "; exposed ones as "80/tcp".
std::string ports_column(const std::vector<PortMapping>& mappings, const std::vector<PortMapping>& exposed);

}  // namespace skiff::network
