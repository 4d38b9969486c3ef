#include "network/ip.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "util/random.h"
#include "util/text.h"

namespace skiff::network {

IpAddress IpAddress::v4(std::uint32_t host_order) noexcept {
    const std::uint32_t network_order = htonl(host_order);
    return from_bytes(Family::V4, &network_order);
}

IpAddress IpAddress::from_bytes(Family family, const void* bytes) noexcept {
    IpAddress address;
    address.family_ = family;
    std::memcpy(address.bytes_.data(), bytes, address.size());
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string copy{text};
    if (copy.size() != text.size() || copy.find('\0') != std::string::npos) return std::nullopt;
    IpAddress address;
    address.family_ = copy.find(':') == std::string::npos ? Family::V4 : Family::V6;
    if (::inet_pton(address.socket_family(), copy.c_str(), address.bytes_.data()) != 1) return std::nullopt;
    return address;
}

int IpAddress::socket_family() const noexcept { return is_v4() ? AF_INET : AF_INET6; }

std::string IpAddress::text() const {
    char buffer[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(socket_family(), bytes_.data(), buffer, sizeof buffer);
    return buffer;
}

bool IpAddress::is_loopback() const noexcept {
    if (is_v4()) return bytes_[0] == 127;
    return *this == IpAddress::from_bytes(Family::V6, &in6addr_loopback);
}

bool IpAddress::is_multicast() const noexcept { return is_v4() ? (bytes_[0] & 0xf0U) == 0xe0U : bytes_[0] == 0xff; }

IpAddress IpAddress::plus(std::uint64_t count) const noexcept {
    IpAddress sum = *this;
    std::uint64_t carry = count;
    for (std::size_t i = size(); i-- > 0 && carry > 0;) {
        const std::uint64_t digit = (carry & 0xffU) + sum.bytes_[i];
        sum.bytes_[i] = static_cast<std::uint8_t>(digit);
        carry = (carry >> 8) + (digit >> 8);
    }
    return sum;
}

IpAddress IpAddress::minus_one() const noexcept {
    IpAddress difference = *this;
    for (std::size_t i = size(); i-- > 0;) {
        if (difference.bytes_[i]-- != 0) break;
    }
    return difference;
}

IpAddress IpAddress::with_host_bits(unsigned prefix, bool set) const noexcept {
    IpAddress out = *this;
    for (unsigned bit = prefix; bit < bits(); ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if (set) out.bytes_[bit / 8] |= mask;
        else out.bytes_[bit / 8] &= static_cast<std::uint8_t>(~mask);
    }
    return out;
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
    const auto parts = split_once(text, '/');
    if (!parts) return std::nullopt;
    const auto address = IpAddress::parse(parts->first);
    const auto length = parse_uint(parts->second);
    if (!address || !length || *length > address->bits()) return std::nullopt;
    return IpPrefix{*address, static_cast<unsigned>(*length)};
}

std::string IpPrefix::text() const { return concat(address.text(), "/", length); }

bool IpPrefix::contains(const IpAddress& other) const noexcept {
    return other.family() == address.family() && other.with_host_bits(length, false) == first();
}

bool IpPrefix::overlaps(const IpPrefix& other) const noexcept { return contains(other.first()) || other.contains(first()); }

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
    MacAddress mac;
    if (text.size() != 17) return std::nullopt;
    const char separator = text[2];
    if (separator != ':' && separator != '-') return std::nullopt;
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); };
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        const auto pair = text.substr(i * 3, 2);
        if (!is_hex(lower(pair)) || (i < 5 && text[i * 3 + 2] != separator)) return std::nullopt;
        mac.bytes[i] = static_cast<std::uint8_t>(digit(pair[0]) << 4U | digit(pair[1]));
    }
    return mac;
}

MacAddress MacAddress::random() {
    const std::string digits = random_hex(12);
    MacAddress mac = *parse(concat(digits.substr(0, 2), ":", digits.substr(2, 2), ":", digits.substr(4, 2), ":", digits.substr(6, 2), ":",
                                   digits.substr(8, 2), ":", digits.substr(10, 2)));
    mac.bytes[0] = static_cast<std::uint8_t>((mac.bytes[0] & 0xfcU) | 0x02U);
    return mac;
}

std::string MacAddress::text() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const auto byte : bytes) {
        if (!out.empty()) out += ':';
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 0xfU];
    }
    return out;
}

}  // namespace skiff::network
