#include "network/nft/sets.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>

#include "network/nft/expressions.h"
#include "util/text.h"

namespace skiff::network::nft {
namespace {

constexpr std::size_t kElementsPerMessage = 256;  // an attribute's length has 16 bits

// nft(8)'s numbers of data types, for its listings; a concatenation is six bits a field.
constexpr std::uint32_t kIpv4 = 7, kIpv6 = 8, kProtocol = 12, kService = 13, kLink = 41;
template <typename... Types>
constexpr std::uint32_t joined(std::uint32_t first, Types... rest) {
    std::uint32_t out = first;
    ((out = out << 6 | rest), ...);
    return out;
}

struct SetKind {
    const char* name;
    std::uint32_t key_type;
    std::uint32_t key_bytes;
    std::uint32_t value_type;   ///< 0: no map
    std::uint32_t value_bytes;
    bool interval;
};
constexpr std::array<SetKind, 13> kSets{{
    {"bridges", kLink, 16, 0, 0, false},
    {"internal", kLink, 16, 0, 0, false},
    {"open", kLink, 16, 0, 0, false},
    {"strict", kLink, 16, 0, 0, false},
    {"same", joined(kLink, kLink), 32, 0, 0, false},
    {"subnets4", kIpv4, 4, 0, 0, true},
    {"subnets6", kIpv6, 16, 0, 0, true},
    {"local4", joined(kProtocol, kIpv4, kService), 12, joined(kIpv4, kService), 8, false},
    {"local6", joined(kProtocol, kIpv6, kService), 24, joined(kIpv6, kService), 20, false},
    {"any4", joined(kProtocol, kService), 8, joined(kIpv4, kService), 8, false},
    {"any6", joined(kProtocol, kService), 8, joined(kIpv6, kService), 20, false},
    {"dns4", joined(kLink, kProtocol, kIpv4, kService), 28, joined(kIpv4, kService), 8, false},
    {"dns6", joined(kLink, kProtocol, kIpv6, kService), 40, joined(kIpv6, kService), 20, false},
}};

/// nft(8) wants to know in which byte order keys are: TLVs of type 0 (key) and 1 (value), 1 host and 2 network order.
Bytes byte_orders(const SetKind& kind) {
    const std::uint8_t key = kind.key_type == kLink ? 1 : 2;
    Bytes out{0, 4, key, 0, 0, 0};
    if (kind.value_type != 0) out.insert(out.end(), {1, 4, 2, 0, 0, 0});
    return out;
}

NetlinkMessage set_message(const std::string& table, const SetKind& kind, std::uint32_t id) {
    auto message = begin_message(NFT_MSG_NEWSET, NLM_F_CREATE);
    const std::uint32_t flags = (kind.interval ? std::uint32_t{NFT_SET_INTERVAL} : 0U) | (kind.value_type != 0 ? std::uint32_t{NFT_SET_MAP} : 0U);
    message.string(NFTA_SET_TABLE, table).string(NFTA_SET_NAME, kind.name).u32(NFTA_SET_ID, htonl(id));
    message.u32(NFTA_SET_FLAGS, htonl(flags)).u32(NFTA_SET_KEY_TYPE, htonl(kind.key_type)).u32(NFTA_SET_KEY_LEN, htonl(kind.key_bytes));
    if (kind.value_type != 0) message.u32(NFTA_SET_DATA_TYPE, htonl(kind.value_type)).u32(NFTA_SET_DATA_LEN, htonl(kind.value_bytes));
    message.attribute(NFTA_SET_USERDATA, byte_orders(kind));
    return message;
}

void append_field(Bytes& out, const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    out.insert(out.end(), bytes, bytes + size);
    out.resize((out.size() + 3) / 4 * 4, 0);
}
void append_field(Bytes& out, const IpAddress& address) { append_field(out, address.bytes(), address.size()); }
void append_field(Bytes& out, Protocol protocol) { append_field(out, &protocol, 1); }
void append_port(Bytes& out, std::uint16_t port) {
    const std::uint16_t network_order = htons(port);
    append_field(out, &network_order, sizeof network_order);
}
Bytes target_of(const IpAddress& address, std::uint16_t port) {
    Bytes out;
    append_field(out, address);
    append_port(out, port);
    return out;
}

void fill_element(NetlinkMessage& message, const Element& element) {
    message.nest(NFTA_SET_ELEM_KEY, [&](NetlinkMessage& key) { key.attribute(NFTA_DATA_VALUE, element.key); });
    if (element.ends) message.u32(NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
    if (!element.value.empty()) {
        message.nest(NFTA_SET_ELEM_DATA, [&](NetlinkMessage& value) { value.attribute(NFTA_DATA_VALUE, element.value); });
    }
    if (!element.comment.empty()) message.attribute(NFTA_SET_ELEM_USERDATA, comment_data(element.comment));
}

void append_element_messages(Steps& steps, std::uint16_t type, const std::string& table, const std::string& set,
                             const std::vector<Element>& elements) {
    for (std::size_t first = 0; first < elements.size(); first += kElementsPerMessage) {
        const std::size_t end = std::min(elements.size(), first + kElementsPerMessage);
        auto message = begin_message(type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
        message.string(NFTA_SET_ELEM_LIST_TABLE, table).string(NFTA_SET_ELEM_LIST_SET, set);
        message.nest(NFTA_SET_ELEM_LIST_ELEMENTS, [&](NetlinkMessage& list) {
            for (std::size_t i = first; i < end; ++i) {
                list.nest(NFTA_LIST_ELEM, [&](NetlinkMessage& one) { fill_element(one, elements[i]); });
            }
        });
        steps.push_back({std::move(message), concat("elements of ", set)});
    }
}

std::optional<PortElement> port_element(const PublishedPort& port, Family family, std::string_view container_id) {
    const auto& target = family == Family::V4 ? port.target4 : port.target6;
    if (!target || (port.host && port.host->family() != family)) return std::nullopt;
    const bool any = !port.host || port.host->is_unspecified();
    PortElement out;
    out.map = concat(any ? "any" : "local", family == Family::V4 ? "4" : "6");
    append_field(out.element.key, port.protocol);
    if (!any) append_field(out.element.key, *port.host);
    append_port(out.element.key, port.host_port);
    out.element.value = target_of(*target, port.container_port);
    out.element.comment = container_id.substr(0, 12);
    return out;
}

}  // namespace

void append_sets(Steps& steps, const std::string& table) {
    std::uint32_t id = 0;
    for (const auto& kind : kSets) steps.push_back({set_message(table, kind, ++id), concat("set ", kind.name)});
}

void append_empty_sets(Steps& steps, const std::string& table) {
    for (const auto& kind : kSets) {
        auto message = begin_message(NFT_MSG_DELSETELEM, 0);
        message.string(NFTA_SET_ELEM_LIST_TABLE, table).string(NFTA_SET_ELEM_LIST_SET, kind.name);
        steps.push_back({std::move(message), concat("emptying ", kind.name)});
    }
}

void append_elements(Steps& steps, const std::string& table, const std::string& set, const std::vector<Element>& elements) {
    append_element_messages(steps, NFT_MSG_NEWSETELEM, table, set, elements);
}

void append_removed_elements(Steps& steps, const std::string& table, const std::string& set, const std::vector<Element>& elements) {
    append_element_messages(steps, NFT_MSG_DELSETELEM, table, set, elements);
}

Element link_element(std::string_view link) { return {link_bytes(link), {}, false, {}}; }

Element same_link_element(std::string_view link) {
    Element out = link_element(link);
    const Bytes once = out.key;
    out.key.insert(out.key.end(), once.begin(), once.end());
    return out;
}

std::vector<Element> prefix_elements(const IpPrefix& prefix) {
    const auto bytes = [](const IpAddress& address) { return Bytes{address.bytes(), address.bytes() + address.size()}; };
    std::vector<Element> out{{bytes(prefix.first()), {}, false, {}}};
    const IpAddress behind = prefix.last().plus(1);
    if (!behind.is_unspecified()) out.push_back({bytes(behind), {}, true, {}});
    return out;
}

Element dns_element(const DnsRule& rule, Protocol protocol) {
    constexpr std::uint16_t kDnsPort = 53;
    Element out = link_element(rule.bridge);
    append_field(out.key, protocol);
    append_field(out.key, rule.gateway);
    append_port(out.key, kDnsPort);
    out.value = target_of(rule.gateway, rule.port);
    return out;
}

std::vector<PortElement> port_elements(std::string_view container_id, const PublishedPort& port) {
    std::vector<PortElement> out;
    for (const Family family : {Family::V4, Family::V6}) {
        if (auto element = port_element(port, family, container_id)) out.push_back(std::move(*element));
    }
    return out;
}

}  // namespace skiff::network::nft
