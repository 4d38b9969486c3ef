#pragma once
/// Domain names. In here a name is its wire form without compression ("\3web\0"), so that every octet is possible and nothing
/// has to be escaped; compared by its lower-case form. Source: RFC 1035 3.1 and 4.1.4, RFC 4343.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "network/ip.h"

namespace skiff::network::dns {

using Name = std::string;
using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxLabelBytes = 63;

/// "web.dns.podman" (a dot at the end is allowed); nullopt where a label is empty or too long.
std::optional<Name> name_from_text(std::string_view text);
/// ASCII letters in lower case; length octets are below 'A' and stay.
Name lower_name(std::string_view name);

enum class Compression { Refused, Allowed };
/// Reads a name at `offset` and moves that behind it. A pointer must point to before the name that it ends: no loop is possible.
/// nullopt when it is malformed or too long.
std::optional<Name> read_name(Bytes message, std::size_t& offset, Compression compression);

std::size_t label_count(std::string_view name);
/// `name` without `zone` at its end ("\3web\0" of web.dns.podman); nullopt when it is not below it, nor the zone itself.
std::optional<Name> below_zone(std::string_view name, std::string_view zone);

/// The address that `name` (lower case) asks for backwards: whole ones below in-addr.arpa and ip6.arpa only. RFC 3596 2.5.
std::optional<IpAddress> reverse_address(std::string_view name);

}  // namespace skiff::network::dns
