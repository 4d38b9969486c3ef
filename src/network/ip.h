#pragma once
/// Addresses and prefixes of IPv4 and IPv6, and Ethernet addresses, as values.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skiff::network {

enum class Family : std::uint8_t { V4, V6 };

/// One address, in network order; of an IPv4 address only the first four bytes count, the others are zero.
class IpAddress {
public:
    constexpr IpAddress() noexcept = default;
    static IpAddress v4(std::uint32_t host_order) noexcept;
    static IpAddress from_bytes(Family family, const void* bytes) noexcept;
    /// "10.88.0.2", "fd00::2"; nullopt for anything else (no zone, no leading zeros).
    static std::optional<IpAddress> parse(std::string_view text);

    Family family() const noexcept { return family_; }
    bool is_v4() const noexcept { return family_ == Family::V4; }
    /// AF_INET or AF_INET6.
    int socket_family() const noexcept;
    const std::uint8_t* bytes() const noexcept { return bytes_.data(); }
    std::size_t size() const noexcept { return is_v4() ? 4 : 16; }
    unsigned bits() const noexcept { return is_v4() ? 32 : 128; }
    /// Canonical: RFC 5952 for IPv6.
    std::string text() const;
    bool is_unspecified() const noexcept { return bytes_ == std::array<std::uint8_t, 16>{}; }
    bool is_loopback() const noexcept;
    bool is_multicast() const noexcept;

    /// The address `count` above this one; wraps around at the family's end.
    IpAddress plus(std::uint64_t count) const noexcept;
    IpAddress minus_one() const noexcept;
    /// This address with the bits behind `prefix` cleared, or set.
    IpAddress with_host_bits(unsigned prefix, bool set) const noexcept;

    auto operator<=>(const IpAddress&) const noexcept = default;

private:
    Family family_ = Family::V4;
    std::array<std::uint8_t, 16> bytes_{};
};

/// An address with a prefix length: an interface's "10.88.0.2/16", or with no host bits a subnet.
struct IpPrefix {
    IpAddress address;
    unsigned length = 0;

    /// "10.88.0.0/16". nullopt when either half is malformed.
    static std::optional<IpPrefix> parse(std::string_view text);
    std::string text() const;
    /// First and last address of the subnet.
    IpAddress first() const noexcept { return address.with_host_bits(length, false); }
    IpAddress last() const noexcept { return address.with_host_bits(length, true); }
    IpPrefix subnet() const noexcept { return {first(), length}; }
    bool contains(const IpAddress& other) const noexcept;
    bool overlaps(const IpPrefix& other) const noexcept;

    auto operator<=>(const IpPrefix&) const noexcept = default;
};

struct MacAddress {
    std::array<std::uint8_t, 6> bytes{};

    /// "02:42:0a:58:00:02", also with hyphens. nullopt for anything else.
    static std::optional<MacAddress> parse(std::string_view text);
    /// Locally administered, unicast.
    static MacAddress random();
    std::string text() const;
    bool is_multicast() const noexcept { return (bytes[0] & 1U) != 0; }

    auto operator<=>(const MacAddress&) const noexcept = default;
};

}  // namespace skiff::network
