#include "network/port_mapping.h"

#include <algorithm>
#include <tuple>

#include "network/ip.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::network {
namespace {

constexpr std::string_view kPublishGrammar = "expected [[IP:][HOST_PORT]:]PORT[/PROTOCOL], an IPv6 address in brackets";

[[noreturn]] void refuse(std::string_view what, std::string_view value, std::string_view why, std::string_view hint = {}) {
    throw Error{ErrorKind::Invalid, concat(what, " ", quote(value), ": ", why), std::string{hint}};
}

struct Range {
    std::uint16_t first = 0;
    std::uint16_t count = 1;
};

std::optional<std::uint16_t> parse_port(std::string_view text, unsigned lowest) {
    const auto number = parse_uint(text);
    if (!number || *number < lowest || *number > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

/// "80" or "8000-8010"; from `lowest` (0 stands for any free port).
Range parse_range(std::string_view what, std::string_view value, std::string_view text, unsigned lowest) {
    const auto parts = split_once(text, '-');
    const auto first = parse_port(parts ? parts->first : std::string{text}, parts ? 1 : lowest);
    const auto last = parts ? parse_port(parts->second, 1) : first;
    if (!first || !last) refuse(what, value, concat(quote(text), " is no port"), "ports are from 1 to 65535");
    if (*last < *first) refuse(what, value, concat("the range ", quote(text), " ends before it begins"));
    return {*first, static_cast<std::uint16_t>(*last - *first + 1)};
}

/// Takes "/PROTOCOL" off the end.
Protocol take_protocol(std::string_view what, std::string_view value, std::string& rest) {
    const auto slash = rest.find('/');
    if (slash == std::string::npos) return Protocol::Tcp;
    const auto protocol = parse_protocol(std::string_view{rest}.substr(slash + 1));
    if (!protocol) refuse(what, value, concat(quote(rest.substr(slash + 1)), " is no protocol"), "expected tcp, udp or sctp");
    rest.resize(slash);
    return *protocol;
}

std::string canonical_address(std::string_view value, std::string_view text, bool bracketed) {
    if (text.empty()) return {};
    const auto address = IpAddress::parse(text);
    if (!address) refuse("--publish", value, concat(quote(text), " is no IP address"), kPublishGrammar);
    if (bracketed == address->is_v4()) refuse("--publish", value, "an IPv6 address needs brackets, an IPv4 address has none", kPublishGrammar);
    return address->text();
}

/// Takes "[IPv6]:" or "IP:" off the front, when there is one.
std::string take_address(std::string_view value, std::string& rest) {
    if (rest.starts_with('[')) {
        const auto end = rest.find("]:");
        if (end == std::string::npos) refuse("--publish", value, "the bracket is not closed by \"]:\"", kPublishGrammar);
        const std::string address = canonical_address(value, rest.substr(1, end - 1), /*bracketed=*/true);
        if (address.empty()) refuse("--publish", value, "the brackets are empty", kPublishGrammar);
        rest.erase(0, end + 2);
        return address;
    }
    if (std::count(rest.begin(), rest.end(), ':') != 2) return {};
    const auto colon = rest.find(':');
    const std::string address = canonical_address(value, rest.substr(0, colon), /*bracketed=*/false);
    rest.erase(0, colon + 1);
    return address;
}

bool overlap(const PortMapping& a, const PortMapping& b) {
    const bool same_address = a.host_ip == b.host_ip || a.host_ip.empty() || b.host_ip.empty();
    if (a.protocol != b.protocol || !same_address || a.host_port == 0 || b.host_port == 0) return false;
    return a.host_port < b.host_port + b.range && b.host_port < a.host_port + a.range;
}

std::string range_text(unsigned first, unsigned count) {
    return count == 1 ? concat(first) : concat(first, "-", first + count - 1);
}

std::string column_entry(const PortMapping& mapping) {
    const std::string host = mapping.host_ip.empty() ? "0.0.0.0" : mapping.host_ip;
    return concat(host, ":", range_text(mapping.host_port, mapping.range), "->", range_text(mapping.container_port, mapping.range), "/",
                  protocol_name(mapping.protocol));
}

/// Neighbours that go on where the last one ended become one range.
std::vector<PortMapping> joined(std::vector<PortMapping> mappings) {
    std::sort(mappings.begin(), mappings.end(), [](const PortMapping& a, const PortMapping& b) {
        return std::tuple{a.protocol, a.host_ip, a.container_port, a.host_port} < std::tuple{b.protocol, b.host_ip, b.container_port, b.host_port};
    });
    std::vector<PortMapping> out;
    for (const auto& mapping : mappings) {
        const bool continues = !out.empty() && out.back().protocol == mapping.protocol && out.back().host_ip == mapping.host_ip &&
                               out.back().container_port + out.back().range == mapping.container_port &&
                               (mapping.host_port == 0 ? out.back().host_port == 0 : out.back().host_port + out.back().range == mapping.host_port);
        if (continues) out.back().range = static_cast<std::uint16_t>(out.back().range + mapping.range);
        else out.push_back(mapping);
    }
    return out;
}

}  // namespace

std::string_view protocol_name(Protocol protocol) {
    switch (protocol) {
        case Protocol::Tcp: return "tcp";
        case Protocol::Udp: return "udp";
        case Protocol::Sctp: return "sctp";
    }
    return {};
}

std::optional<Protocol> parse_protocol(std::string_view text) {
    const std::string word = lower(text);
    for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp, Protocol::Sctp}) {
        if (word == protocol_name(protocol)) return protocol;
    }
    return std::nullopt;
}

PortMapping parse_publish(std::string_view value) {
    std::string rest{value};
    PortMapping out;
    out.protocol = take_protocol("--publish", value, rest);
    out.host_ip = take_address(value, rest);
    const auto parts = split_once(rest, ':');
    const Range container = parse_range("--publish", value, parts ? parts->second : rest, 1);
    out.container_port = container.first;
    out.range = container.count;
    if (!parts || parts->first.empty()) return out;
    const Range host = parse_range("--publish", value, parts->first, 0);
    if (host.first != 0 && host.count != container.count) refuse("--publish", value, "the two ranges differ in length");
    out.host_port = host.first;
    return out;
}

PortMapping parse_expose(std::string_view what, std::string_view value) {
    std::string rest{value};
    PortMapping out;
    out.protocol = take_protocol(what, value, rest);
    const Range range = parse_range(what, value, rest, 1);
    out.container_port = range.first;
    out.range = range.count;
    return out;
}

std::vector<PortMapping> normalized(std::vector<PortMapping> mappings) {
    std::vector<PortMapping> out;
    for (auto& mapping : mappings) {
        if (std::find(out.begin(), out.end(), mapping) != out.end()) continue;
        for (const auto& other : out) {
            if (!overlap(mapping, other)) continue;
            const unsigned port = std::max(mapping.host_port, other.host_port);
            throw Error{ErrorKind::Invalid, concat("--publish: the port ", port, "/", protocol_name(mapping.protocol), " of the host is wanted twice")};
        }
        out.push_back(std::move(mapping));
    }
    return out;
}

std::string ports_column(const std::vector<PortMapping>& mappings, const std::vector<PortMapping>& exposed) {
    std::vector<std::string> words;
    for (const auto& mapping : joined(mappings)) words.push_back(column_entry(mapping));
    std::vector<PortMapping> rest;
    for (const auto& port : exposed) {
        const bool published = std::any_of(mappings.begin(), mappings.end(), [&](const PortMapping& mapping) {
            return mapping.protocol == port.protocol && port.container_port >= mapping.container_port &&
                   port.container_port + port.range <= mapping.container_port + mapping.range;
        });
        if (!published) rest.push_back(port);
    }
    for (const auto& port : joined(std::move(rest))) words.push_back(concat(range_text(port.container_port, port.range), "/", protocol_name(port.protocol)));
    return join(words, ", ");
}

}  // namespace skiff::network
