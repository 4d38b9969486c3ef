#pragma once
/// Numeric addresses for the socket calls.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace skiff::oci::monitor {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    int family() const noexcept { return storage.ss_family; }
    /// The bytes that count, for comparing and as a key.
    std::string key() const { return {reinterpret_cast<const char*>(&storage), size}; }
};

/// Throws Error{Invalid} when `address` is not numeric.
SocketAddress socket_address(const std::string& address, std::uint16_t port);

}  // namespace skiff::oci::monitor
