#pragma once
// Packets as tests write them.

#include <string>
#include <string_view>

#include "network/dns/message.h"

namespace skiff::network::dns::testing {

inline Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

inline std::string two(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}; }

/// A query as a stub resolver sends it; `edns_bytes` 0: without EDNS.
inline std::string packet(std::string_view name, unsigned qtype, unsigned edns_bytes = 0, unsigned klass = 1) {
    std::string out = two(0x1234) + two(0x0100) + two(1) + two(0) + two(0) + two(edns_bytes == 0 ? 0 : 1);
    out += (name == "." ? Name(1, '\0') : *name_from_text(name)) + two(qtype) + two(klass);
    if (edns_bytes != 0) out += std::string(1, '\0') + two(41) + two(edns_bytes) + two(0) + two(0) + two(0);
    return out;
}

inline Query query(std::string_view name, unsigned qtype, unsigned edns_bytes = 0, unsigned klass = 1) {
    return *read_query(bytes_of(packet(name, qtype, edns_bytes, klass))).query;
}

inline unsigned count_at(const std::string& message, std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(message[at])) << 8 | static_cast<unsigned char>(message[at + 1]);
}
inline unsigned rcode_of(const std::string& message) { return count_at(message, 2) & 0xF; }
inline bool is_truncated(const std::string& message) { return (count_at(message, 2) & 0x200) != 0; }
inline unsigned answers_of(const std::string& message) { return count_at(message, 6); }
inline unsigned authorities_of(const std::string& message) { return count_at(message, 8); }

}  // namespace skiff::network::dns::testing
