#include "network/nft/expressions.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <linux/if.h>

#include <algorithm>
#include <cstring>

namespace skiff::network::nft {
namespace {

constexpr std::uint32_t kFirst = NFT_REG_1;

std::uint8_t netfilter_family(Family family) { return family == Family::V4 ? NFPROTO_IPV4 : NFPROTO_IPV6; }

/// nftables' integers are big-endian.
void be32(NetlinkMessage& message, std::uint16_t type, std::uint32_t value) { message.u32(type, htonl(value)); }

std::span<const std::uint8_t> bytes_of(const std::uint32_t& value) {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

unsigned address_offset(Family family, Side side) {
    if (family == Family::V4) return side == Side::Source ? 12 : 16;
    return side == Side::Source ? 8 : 24;
}
unsigned address_size(Family family) { return family == Family::V4 ? 4 : 16; }

}  // namespace

NetlinkMessage begin_message(std::uint16_t message, std::uint16_t flags, std::uint8_t table_family) {
    NetlinkMessage out{static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message), flags};
    out.header(nfgenmsg{table_family, NFNETLINK_V0, 0});
    return out;
}

std::vector<std::uint8_t> link_bytes(std::string_view name) {
    std::vector<std::uint8_t> bytes(IFNAMSIZ, 0);
    std::copy_n(name.begin(), std::min<std::size_t>(name.size(), IFNAMSIZ - 1), bytes.begin());
    return bytes;
}

std::vector<std::uint8_t> comment_data(std::string_view text) {
    text = text.substr(0, 127);
    std::vector<std::uint8_t> out{0, static_cast<std::uint8_t>(text.size() + 1)};
    out.insert(out.end(), text.begin(), text.end());
    out.push_back(0);
    return out;
}

std::string comment_of(std::span<const std::uint8_t> user_data) {
    while (user_data.size() >= 2) {
        const std::size_t size = user_data[1];
        if (size > user_data.size() - 2) return {};
        const std::string text{user_data.begin() + 2, user_data.begin() + 2 + static_cast<std::ptrdiff_t>(size)};
        if (user_data[0] == 0) return text.substr(0, text.find('\0'));
        user_data = user_data.subspan(2 + size);
    }
    return {};
}

Rule::Rule(std::string table, std::string chain, std::string comment, std::uint8_t table_family)
    : family_{table_family}, table_{std::move(table)}, chain_{std::move(chain)}, comment_{std::move(comment)} {}

Rule& Rule::add(std::string_view name, std::function<void(NetlinkMessage&)> fill) {
    expressions_.push_back({std::string{name}, std::move(fill)});
    return *this;
}

NetlinkMessage Rule::finish(std::uint16_t flags) {
    auto message = begin_message(NFT_MSG_NEWRULE, flags, family_);
    message.string(NFTA_RULE_TABLE, table_).string(NFTA_RULE_CHAIN, chain_);
    message.nest(NFTA_RULE_EXPRESSIONS, [&](NetlinkMessage& list) {
        for (const auto& expression : expressions_) {
            list.nest(NFTA_LIST_ELEM, [&](NetlinkMessage& element) {
                element.string(NFTA_EXPR_NAME, expression.name);
                element.nest(NFTA_EXPR_DATA, expression.fill);
            });
        }
    });
    if (!comment_.empty()) message.attribute(NFTA_RULE_USERDATA, comment_data(comment_));
    return message;
}

// ---------------------------------------------------------------- loading and comparing

Rule& Rule::meta(std::uint32_t key, std::uint32_t target) {
    return add("meta", [=](NetlinkMessage& m) {
        be32(m, NFTA_META_DREG, target);
        be32(m, NFTA_META_KEY, key);
    });
}

Rule& Rule::payload(std::uint32_t base, unsigned offset, unsigned size, std::uint32_t target) {
    return add("payload", [=](NetlinkMessage& m) {
        be32(m, NFTA_PAYLOAD_DREG, target);
        be32(m, NFTA_PAYLOAD_BASE, base);
        be32(m, NFTA_PAYLOAD_OFFSET, offset);
        be32(m, NFTA_PAYLOAD_LEN, size);
    });
}

Rule& Rule::compare(std::span<const std::uint8_t> value, bool negated) {
    const std::vector<std::uint8_t> copy{value.begin(), value.end()};
    return add("cmp", [copy, negated](NetlinkMessage& m) {
        be32(m, NFTA_CMP_SREG, kFirst);
        be32(m, NFTA_CMP_OP, negated ? NFT_CMP_NEQ : NFT_CMP_EQ);
        m.nest(NFTA_CMP_DATA, [&](NetlinkMessage& data) { data.attribute(NFTA_DATA_VALUE, copy); });
    });
}

Rule& Rule::lookup(const std::string& set, bool negated, bool is_map) {
    return add("lookup", [=](NetlinkMessage& m) {
        m.string(NFTA_LOOKUP_SET, set);
        be32(m, NFTA_LOOKUP_SREG, kFirst);
        if (is_map) be32(m, NFTA_LOOKUP_DREG, kFirst);
        if (negated) be32(m, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
    });
}

Rule& Rule::ct_flags(std::uint32_t key, std::uint32_t any_of) {
    add("ct", [=](NetlinkMessage& m) {
        be32(m, NFTA_CT_DREG, kFirst);
        be32(m, NFTA_CT_KEY, key);
    });
    add("bitwise", [=](NetlinkMessage& m) {
        const std::uint32_t zero = 0;
        be32(m, NFTA_BITWISE_SREG, kFirst);
        be32(m, NFTA_BITWISE_DREG, kFirst);
        be32(m, NFTA_BITWISE_LEN, sizeof any_of);
        m.nest(NFTA_BITWISE_MASK, [&](NetlinkMessage& data) { data.attribute(NFTA_DATA_VALUE, bytes_of(any_of)); });
        m.nest(NFTA_BITWISE_XOR, [&](NetlinkMessage& data) { data.attribute(NFTA_DATA_VALUE, bytes_of(zero)); });
    });
    const std::uint32_t zero = 0;
    return compare(bytes_of(zero), /*negated=*/true);
}

// ---------------------------------------------------------------- matches

Rule& Rule::family(Family family) {
    const std::uint8_t number = netfilter_family(family);
    return meta(NFT_META_NFPROTO, kFirst).compare({&number, 1}, false);
}

Rule& Rule::link_is(Link link, std::string_view name, bool negated) {
    return load_link(link, 0).compare(link_bytes(name), negated);
}

Rule& Rule::link_in(Link link, const std::string& set, bool negated) { return load_link(link, 0).lookup(set, negated, false); }

Rule& Rule::address_in(Family family, Side side, const std::string& set) {
    this->family(family).payload(NFT_PAYLOAD_NETWORK_HEADER, address_offset(family, side), address_size(family), kFirst);
    return lookup(set, false, false);
}

Rule& Rule::address_is(Side side, const IpAddress& address) {
    const Family family = address.family();
    this->family(family).payload(NFT_PAYLOAD_NETWORK_HEADER, address_offset(family, side), address_size(family), kFirst);
    return compare({address.bytes(), address.size()}, false);
}

Rule& Rule::first_byte_is(Side side, std::uint8_t value, bool negated) {
    family(Family::V4).payload(NFT_PAYLOAD_NETWORK_HEADER, address_offset(Family::V4, side), 1, kFirst);
    return compare({&value, 1}, negated);
}

Rule& Rule::destination_is_local() {
    add("fib", [](NetlinkMessage& m) {
        be32(m, NFTA_FIB_DREG, kFirst);
        be32(m, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
        be32(m, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
    });
    const std::uint32_t local = RTN_LOCAL;
    return compare(bytes_of(local), false);
}

Rule& Rule::connection_state(std::uint32_t any_of) { return ct_flags(NFT_CT_STATE, any_of); }
Rule& Rule::is_redirected() { return ct_flags(NFT_CT_STATUS, IPS_DST_NAT); }

// ---------------------------------------------------------------- keys

Rule& Rule::load_link(Link link, unsigned word) {
    return meta(link == Link::In ? NFT_META_IIFNAME : NFT_META_OIFNAME, word_register(word));
}
Rule& Rule::load_protocol(unsigned word) { return meta(NFT_META_L4PROTO, word_register(word)); }
Rule& Rule::load_destination(Family family, unsigned word) {
    return payload(NFT_PAYLOAD_NETWORK_HEADER, address_offset(family, Side::Destination), address_size(family), word_register(word));
}
Rule& Rule::load_destination_port(unsigned word) { return payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, word_register(word)); }
Rule& Rule::key_in(const std::string& set) { return lookup(set, false, false); }

// ---------------------------------------------------------------- what is done

Rule& Rule::redirect_by(const std::string& map, Family family) {
    lookup(map, false, /*is_map=*/true);
    return add("nat", [family](NetlinkMessage& m) {
        be32(m, NFTA_NAT_TYPE, NFT_NAT_DNAT);
        be32(m, NFTA_NAT_FAMILY, netfilter_family(family));
        be32(m, NFTA_NAT_REG_ADDR_MIN, kFirst);
        be32(m, NFTA_NAT_REG_PROTO_MIN, word_register(address_size(family) / 4));
    });
}

Rule& Rule::masquerade() {
    return add("masq", [](NetlinkMessage&) {});
}
Rule& Rule::count() {
    return add("counter", [](NetlinkMessage&) {});
}

Rule& Rule::verdict(std::int32_t code, const std::string& chain) {
    return add("immediate", [=](NetlinkMessage& m) {
        be32(m, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
        m.nest(NFTA_IMMEDIATE_DATA, [&](NetlinkMessage& data) {
            data.nest(NFTA_DATA_VERDICT, [&](NetlinkMessage& verdict) {
                be32(verdict, NFTA_VERDICT_CODE, static_cast<std::uint32_t>(code));
                if (!chain.empty()) verdict.string(NFTA_VERDICT_CHAIN, chain);
            });
        });
    });
}
Rule& Rule::accept() { return verdict(NF_ACCEPT); }
Rule& Rule::drop() { return verdict(NF_DROP); }
Rule& Rule::leave() { return verdict(NFT_RETURN); }
Rule& Rule::jump(const std::string& chain) { return verdict(NFT_JUMP, chain); }

}  // namespace skiff::network::nft
