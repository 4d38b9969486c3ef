#pragma once
/// Rules of nftables, expression by expression. Pure.
///
/// Registers are numbered as the kernel does: four of 16 bytes (1 … 4), which are sixteen of four bytes (8 … 23); the second
/// word of register 1 is 9. Source: linux/netfilter/nf_tables.h.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "network/ip.h"
#include "network/netlink.h"

namespace skiff::network::nft {

constexpr std::uint8_t kInet = 1;  // NFPROTO_INET: rules for both families

/// The n-th 32-bit word of all registers, as a register number; word 0 begins register 1.
constexpr std::uint32_t word_register(unsigned word) { return 8 + word; }

/// Which of two link names.
enum class Link { In, Out };
enum class Side { Source, Destination };

/// One rule: expressions in order; each works on what the earlier ones loaded, or ends the rule when it does not match.
class Rule {
public:
    Rule(std::string table, std::string chain, std::string comment = {}, std::uint8_t table_family = kInet);

    Rule& family(Family family);
    Rule& link_is(Link link, std::string_view name, bool negated = false);
    Rule& link_in(Link link, const std::string& set, bool negated = false);
    Rule& address_in(Family family, Side side, const std::string& set);
    Rule& address_is(Side side, const IpAddress& address);
    /// The first byte of an IPv4 address.
    Rule& first_byte_is(Side side, std::uint8_t value, bool negated = false);
    Rule& destination_is_local();
    Rule& connection_state(std::uint32_t any_of);
    /// Part of a connection whose destination was translated.
    Rule& is_redirected();

    // Loading words of a concatenated key, from word `word` on.
    Rule& load_link(Link link, unsigned word);
    Rule& load_protocol(unsigned word);
    Rule& load_destination(Family family, unsigned word);
    Rule& load_destination_port(unsigned word);
    /// The key that begins at word 0 is in `set`.
    Rule& key_in(const std::string& set);

    /// Looks the key up and translates the destination to the address and port that the map has for it.
    Rule& redirect_by(const std::string& map, Family family);
    Rule& masquerade();
    Rule& count();
    Rule& accept();
    Rule& drop();
    Rule& leave();
    Rule& jump(const std::string& chain);

    /// At the chain's end, or its beginning.
    NetlinkMessage appended() { return finish(NLM_F_CREATE | NLM_F_APPEND); }
    NetlinkMessage inserted() { return finish(NLM_F_CREATE); }

private:
    Rule& meta(std::uint32_t key, std::uint32_t target);
    Rule& payload(std::uint32_t base, unsigned offset, unsigned size, std::uint32_t target);
    Rule& compare(std::span<const std::uint8_t> value, bool negated);
    Rule& lookup(const std::string& set, bool negated, bool is_map);
    Rule& ct_flags(std::uint32_t key, std::uint32_t any_of);
    Rule& verdict(std::int32_t code, const std::string& chain = {});
    Rule& add(std::string_view name, std::function<void(NetlinkMessage&)> fill);
    NetlinkMessage finish(std::uint16_t flags);

    std::uint8_t family_;
    std::string table_, chain_, comment_;
    struct Expression {
        std::string name;
        std::function<void(NetlinkMessage&)> fill;
    };
    std::vector<Expression> expressions_;
};

/// The 16 bytes of a link name as a register holds it.
std::vector<std::uint8_t> link_bytes(std::string_view name);

/// nftables' own form of a comment: a TLV of type 0 with a final NUL.
std::vector<std::uint8_t> comment_data(std::string_view text);
/// The text in it; empty when there is none.
std::string comment_of(std::span<const std::uint8_t> user_data);

/// The message header of nftables' messages.
NetlinkMessage begin_message(std::uint16_t message, std::uint16_t flags, std::uint8_t table_family = kInet);

}  // namespace skiff::network::nft
