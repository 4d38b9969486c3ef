#include "network/dns/listeners.h"

#include <netinet/in.h>

#include <optional>

#include "util/error.h"
#include "util/text.h"

namespace skiff::network::dns {
namespace {

constexpr int kBacklog = 64;
constexpr int kTries = 16;

UniqueFd open_socket(const IpAddress& address, int socket_type) {
    UniqueFd fd{::socket(address.socket_family(), socket_type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) throw SystemError{errno, concat("opening a socket for names at ", address.text())};
    const int on = 1;
    ::setsockopt(fd.get(), address.is_v4() ? IPPROTO_IP : IPPROTO_IPV6, address.is_v4() ? IP_FREEBIND : IPV6_FREEBIND, &on, sizeof on);
    if (!address.is_v4()) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    // Connections of a former life linger; a UDP socket must not share its port, the other's answers would be lost.
    if (socket_type == SOCK_STREAM) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return fd;
}

/// False when the port is taken.
bool bind_to(int fd, const IpAddress& address, std::uint16_t port) {
    const SocketAddress local = socket_address(address, port);
    if (::bind(fd, local.get(), local.length) == 0) return true;
    if (errno == EADDRINUSE) return false;
    throw SystemError{errno, concat("serving names at ", address.text(), " port ", port)};
}

std::uint16_t bound_port(int fd) {
    SocketAddress local;
    if (::getsockname(fd, local.get(), &local.length) != 0) throw SystemError{errno, "getsockname"};
    return local.port();
}

/// nullopt when the port is taken somewhere.
std::optional<Listeners> try_port(const std::vector<IpAddress>& addresses, std::uint16_t port) {
    Listeners listeners{port, {}};
    for (const auto& address : addresses) {
        Listener listener{address, open_socket(address, SOCK_DGRAM), open_socket(address, SOCK_STREAM)};
        if (!bind_to(listener.udp.get(), address, listeners.port)) return std::nullopt;
        if (listeners.port == 0) listeners.port = bound_port(listener.udp.get());
        if (!bind_to(listener.tcp.get(), address, listeners.port)) return std::nullopt;
        if (::listen(listener.tcp.get(), kBacklog) != 0) {
            if (errno == EADDRINUSE) return std::nullopt;
            throw SystemError{errno, concat("serving names at ", address.text())};
        }
        listeners.sockets.push_back(std::move(listener));
    }
    return listeners;
}

}  // namespace

Listeners listen_at(const std::vector<IpAddress>& addresses, std::uint16_t wanted, std::uint16_t fallback) {
    if (auto listeners = try_port(addresses, wanted)) return std::move(*listeners);
    if (fallback != 0) {
        if (auto listeners = try_port(addresses, fallback)) return std::move(*listeners);
    }
    for (int i = 0; i < kTries; ++i) {
        if (auto listeners = try_port(addresses, 0)) return std::move(*listeners);
    }
    throw SystemError{EADDRINUSE, "serving names: no port is free at all the network's gateways"};
}

}  // namespace skiff::network::dns
