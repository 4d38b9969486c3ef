#include "network/dns/name.h"

#include <array>
#include <utility>

#include "util/text.h"

namespace skiff::network::dns {
namespace {

constexpr std::uint8_t kPointerBits = 0xC0;

const Name& in_addr_arpa() {
    static const Name zone{"\7in-addr\4arpa\0", 14};
    return zone;
}
const Name& ip6_arpa() {
    static const Name zone{"\3ip6\4arpa\0", 10};
    return zone;
}

std::uint8_t octet(char c) { return static_cast<std::uint8_t>(c); }

/// The labels of a well-formed name, first to last.
template <typename Visit>
bool for_each_label(std::string_view name, Visit visit) {
    for (std::size_t at = 0; at < name.size() && name[at] != 0; at += octet(name[at]) + 1U) {
        if (!visit(name.substr(at + 1, octet(name[at])))) return false;
    }
    return true;
}

std::optional<std::uint8_t> hex_digit(std::string_view label) {
    if (label.size() != 1) return std::nullopt;
    const char c = label[0];
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    return std::nullopt;
}

std::optional<IpAddress> reverse_v4(std::string_view labels) {
    std::array<std::uint8_t, 4> bytes{};
    std::size_t at = bytes.size();
    const bool whole = for_each_label(labels, [&](std::string_view label) {
        const auto number = label.size() <= 3 ? parse_uint(label) : std::nullopt;
        if (at == 0 || !number || *number > 255 || (label.size() > 1 && label[0] == '0')) return false;
        bytes[--at] = static_cast<std::uint8_t>(*number);
        return true;
    });
    return whole && at == 0 ? std::optional{IpAddress::from_bytes(Family::V4, bytes.data())} : std::nullopt;
}

std::optional<IpAddress> reverse_v6(std::string_view labels) {
    std::array<std::uint8_t, 16> bytes{};
    std::size_t at = bytes.size() * 2;
    const bool whole = for_each_label(labels, [&](std::string_view label) {
        const auto digit = hex_digit(label);
        if (at == 0 || !digit) return false;
        --at;
        bytes[at / 2] = static_cast<std::uint8_t>(bytes[at / 2] | *digit << (at % 2 == 0 ? 4 : 0));
        return true;
    });
    return whole && at == 0 ? std::optional{IpAddress::from_bytes(Family::V6, bytes.data())} : std::nullopt;
}

}  // namespace

std::optional<Name> name_from_text(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty()) return std::nullopt;
    Name name;
    for (const auto& label : split(text, '.')) {
        if (label.empty() || label.size() > kMaxLabelBytes) return std::nullopt;
        name.push_back(static_cast<char>(label.size()));
        name += label;
    }
    name.push_back('\0');
    return name.size() <= kMaxNameBytes ? std::optional{std::move(name)} : std::nullopt;
}

Name lower_name(std::string_view name) {
    Name out{name};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::optional<Name> read_name(Bytes message, std::size_t& offset, Compression compression) {
    Name name;
    std::size_t at = offset;
    std::size_t bound = offset;  // a pointer has to point before this
    bool jumped = false;
    for (;;) {
        if (at >= message.size()) return std::nullopt;
        const std::uint8_t length = message[at];
        if ((length & kPointerBits) == kPointerBits) {
            if (compression == Compression::Refused || at + 1 >= message.size()) return std::nullopt;
            const std::size_t target = static_cast<std::size_t>(length & 0x3F) << 8 | message[at + 1];
            if (target >= bound) return std::nullopt;
            if (!std::exchange(jumped, true)) offset = at + 2;
            at = bound = target;
            continue;
        }
        if (length > kMaxLabelBytes || at + 1 + length > message.size()) return std::nullopt;
        name.append(reinterpret_cast<const char*>(&message[at]), length + 1U);
        if (name.size() > kMaxNameBytes) return std::nullopt;
        at += length + 1U;
        if (length == 0) break;
    }
    if (!jumped) offset = at;
    return name;
}

std::size_t label_count(std::string_view name) {
    std::size_t count = 0;
    for_each_label(name, [&](std::string_view) { return ++count != 0; });
    return count;
}

std::optional<Name> below_zone(std::string_view name, std::string_view zone) {
    for (std::size_t at = 0; at < name.size(); at += octet(name[at]) + 1U) {
        if (name.substr(at) == zone) return Name{name.substr(0, at)} + '\0';
        if (name[at] == 0) break;
    }
    return std::nullopt;
}

std::optional<IpAddress> reverse_address(std::string_view name) {
    if (const auto labels = below_zone(name, in_addr_arpa())) return reverse_v4(*labels);
    if (const auto labels = below_zone(name, ip6_arpa())) return reverse_v6(*labels);
    return std::nullopt;
}

}  // namespace skiff::network::dns
