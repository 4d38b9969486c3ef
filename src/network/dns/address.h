#pragma once
/// Addresses as sockets take them, and the servers that are asked.

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/ip.h"

namespace skiff::network::dns {

constexpr std::uint16_t kDnsPort = 53;

/// A server that queries are forwarded to.
struct Upstream {
    IpAddress address;
    std::uint32_t scope = 0;  ///< interface of a link-local address
    bool operator==(const Upstream&) const = default;
};
/// "10.0.0.53", "fe80::1%eth0" (the interface as it is now). nullopt for anything else.
std::optional<Upstream> parse_upstream(std::string_view text);
/// What is none is left out.
std::vector<Upstream> parse_upstreams(const std::vector<std::string>& texts);

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    IpAddress address() const;
    std::uint16_t port() const;
    bool operator==(const SocketAddress& other) const { return address() == other.address() && port() == other.port(); }
};
SocketAddress socket_address(const IpAddress& address, std::uint16_t port, std::uint32_t scope = 0);

}  // namespace skiff::network::dns
