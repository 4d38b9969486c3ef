#pragma once
/// Who waits for an answer.

#include <cstdint>

#include "network/dns/address.h"

namespace skiff::network::dns {

struct Client {
    bool tcp = false;
    std::uint32_t endpoint = 0;  ///< UDP: the listening socket's number; TCP: the connection's token
    SocketAddress peer;

    bool operator==(const Client& other) const { return tcp == other.tcp && endpoint == other.endpoint && peer == other.peer; }
};

/// What an epoll token stands for: the kind in the upper half, a number in the lower.
enum class Source : std::uint32_t { Records, Udp, Tcp, Connection, Upstream };
constexpr std::uint64_t token(Source source, std::uint32_t number) { return static_cast<std::uint64_t>(source) << 32 | number; }

/// A number for a slot that is used again: whoever held it before has another generation.
constexpr std::uint32_t slot_number(std::uint32_t index, std::uint32_t generation) { return (generation & 0xFFFF) << 16 | index; }
constexpr std::uint32_t slot_index(std::uint32_t number) { return number & 0xFFFF; }

}  // namespace skiff::network::dns
