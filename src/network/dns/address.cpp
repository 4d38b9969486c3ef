#include "network/dns/address.h"

#include <net/if.h>
#include <netinet/in.h>

#include <cstring>

namespace skiff::network::dns {

std::optional<Upstream> parse_upstream(std::string_view text) {
    const auto percent = text.find('%');
    const auto address = IpAddress::parse(text.substr(0, percent));
    if (!address) return std::nullopt;
    if (percent == std::string_view::npos) return Upstream{*address};
    const std::uint32_t scope = ::if_nametoindex(std::string{text.substr(percent + 1)}.c_str());
    if (address->is_v4() || scope == 0) return std::nullopt;
    return Upstream{*address, scope};
}

std::vector<Upstream> parse_upstreams(const std::vector<std::string>& texts) {
    std::vector<Upstream> upstreams;
    for (const auto& text : texts) {
        if (const auto upstream = parse_upstream(text)) upstreams.push_back(*upstream);
    }
    return upstreams;
}

IpAddress SocketAddress::address() const {
    if (storage.ss_family == AF_INET6) return IpAddress::from_bytes(Family::V6, &reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr);
    return IpAddress::from_bytes(Family::V4, &reinterpret_cast<const sockaddr_in&>(storage).sin_addr);
}

std::uint16_t SocketAddress::port() const {
    if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

SocketAddress socket_address(const IpAddress& address, std::uint16_t port, std::uint32_t scope) {
    SocketAddress out;
    if (address.is_v4()) {
        auto& in4 = reinterpret_cast<sockaddr_in&>(out.storage);
        in4.sin_family = AF_INET;
        in4.sin_port = htons(port);
        std::memcpy(&in4.sin_addr, address.bytes(), address.size());
        out.length = sizeof in4;
    } else {
        auto& in6 = reinterpret_cast<sockaddr_in6&>(out.storage);
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(port);
        in6.sin6_scope_id = scope;
        std::memcpy(&in6.sin6_addr, address.bytes(), address.size());
        out.length = sizeof in6;
    }
    return out;
}

}  // namespace skiff::network::dns
