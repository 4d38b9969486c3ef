#include "network/nft/ruleset.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include <map>

#include "network/nft/expressions.h"
#include "network/nft/sets.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::network::nft {
namespace {

constexpr std::uint32_t kLoopback = 127;

/// Conntrack's states as nft_ct counts them: bit 0 is invalid, then ip_conntrack_info in order.
constexpr std::uint32_t kInvalid = 1U << 0;
constexpr std::uint32_t kEstablishedOrRelated = 1U << 1 | 1U << 2;

struct ChainKind {
    const char* name;
    const char* type;      ///< nullptr: jumped to
    std::uint32_t hook;
    std::int32_t priority;
};
constexpr ChainKind kChains[] = {
    {"admin", nullptr, 0, 0},
    {"members", nullptr, 0, 0},
    {"redirect", nullptr, 0, 0},
    {"guard", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW},
    {"prerouting", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST},
    {"output", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST},
    {"forward", "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER},
    {"postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC},
};
constexpr std::string_view kAdmin = "admin";

NetlinkMessage table_message(std::uint16_t type, std::uint16_t flags, const std::string& table) {
    auto message = begin_message(type, flags);
    message.string(NFTA_TABLE_NAME, table);
    return message;
}

NetlinkMessage chain_message(const std::string& table, const ChainKind& chain) {
    auto message = begin_message(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
    message.string(NFTA_CHAIN_TABLE, table).string(NFTA_CHAIN_NAME, chain.name);
    if (chain.type == nullptr) return message;
    message.nest(NFTA_CHAIN_HOOK, [&](NetlinkMessage& hook) {
        hook.u32(NFTA_HOOK_HOOKNUM, htonl(chain.hook)).u32(NFTA_HOOK_PRIORITY, htonl(static_cast<std::uint32_t>(chain.priority)));
    });
    message.u32(NFTA_CHAIN_POLICY, htonl(NF_ACCEPT)).string(NFTA_CHAIN_TYPE, chain.type);
    return message;
}

void append_chains(Steps& steps, const std::string& table) {
    for (const auto& chain : kChains) {
        steps.push_back({chain_message(table, chain), concat("chain ", chain.name)});
        if (chain.name == kAdmin) continue;
        auto empty = begin_message(NFT_MSG_DELRULE, 0);
        empty.string(NFTA_RULE_TABLE, table).string(NFTA_RULE_CHAIN, chain.name);
        steps.push_back({std::move(empty), concat("emptying chain ", chain.name)});
    }
}

/// Writes rules of one chain at a time.
class RuleWriter {
public:
    RuleWriter(Steps& steps, const std::string& table) : steps_{steps}, table_{table} {}
    void chain(const char* name) { chain_ = name; }
    Rule rule() const { return {table_, chain_}; }
    void add(Rule& rule) { steps_.push_back({rule.appended(), concat("a rule of chain ", chain_)}); }
    void add(Rule&& rule) { add(rule); }

private:
    Steps& steps_;
    const std::string& table_;
    std::string chain_;
};

/// With route_localnet on the bridges, addresses of lo must neither come in nor be asked for from outside.
void append_guard(RuleWriter& to) {
    to.chain("guard");
    for (const Side side : {Side::Destination, Side::Source}) {
        to.add(to.rule().link_is(Link::In, "lo", /*negated=*/true).first_byte_is(side, kLoopback).drop());
    }
}

void append_redirection(RuleWriter& to) {
    to.chain("prerouting");
    to.add(to.rule().family(Family::V4).load_link(Link::In, 0).load_protocol(4).load_destination(Family::V4, 5).load_destination_port(6).redirect_by("dns4", Family::V4));
    to.add(to.rule().family(Family::V6).load_link(Link::In, 0).load_protocol(4).load_destination(Family::V6, 5).load_destination_port(9).redirect_by("dns6", Family::V6));
    to.add(to.rule().destination_is_local().jump("redirect"));
    to.chain("output");
    to.add(to.rule().destination_is_local().jump("redirect"));

    to.chain("redirect");
    to.add(to.rule().family(Family::V4).load_protocol(0).load_destination(Family::V4, 1).load_destination_port(2).redirect_by("local4", Family::V4));
    to.add(to.rule().family(Family::V4).load_protocol(0).load_destination_port(1).redirect_by("any4", Family::V4));
    // The kernel routes nothing from ::1 to another link: the monitor serves that address.
    to.add(to.rule().address_is(Side::Destination, *IpAddress::parse("::1")).leave());
    to.add(to.rule().family(Family::V6).load_protocol(0).load_destination(Family::V6, 1).load_destination_port(5).redirect_by("local6", Family::V6));
    to.add(to.rule().family(Family::V6).load_protocol(0).load_destination_port(1).redirect_by("any6", Family::V6));
}

/// What concerns no bridge of ours is left alone.
void append_forwarding(RuleWriter& to) {
    to.chain("forward");
    to.add(to.rule().link_in(Link::In, "bridges").jump("members"));
    to.add(to.rule().link_in(Link::Out, "bridges").jump("members"));

    to.chain("members");
    to.add(to.rule().jump(std::string{kAdmin}));
    to.add(to.rule().load_link(Link::In, 0).load_link(Link::Out, 4).key_in("same").accept());
    to.add(to.rule().connection_state(kInvalid).drop());
    to.add(to.rule().connection_state(kEstablishedOrRelated).accept());
    to.add(to.rule().link_in(Link::In, "internal").drop());
    to.add(to.rule().link_in(Link::Out, "internal").drop());
    to.add(to.rule().is_redirected().accept());
    to.add(to.rule().link_in(Link::In, "strict").link_in(Link::Out, "bridges").drop());
    to.add(to.rule().link_in(Link::Out, "strict").drop());
    to.add(to.rule().link_in(Link::In, "bridges").link_in(Link::Out, "open").accept());
    to.add(to.rule().link_in(Link::In, "open").link_in(Link::Out, "bridges").accept());
    to.add(to.rule().link_in(Link::Out, "bridges").drop());
    to.add(to.rule().accept());
}

void append_masquerade(RuleWriter& to) {
    to.chain("postrouting");
    // A container that asks for a published port by the host's address: the answer must come back through the host.
    to.add(to.rule().is_redirected().address_in(Family::V4, Side::Source, "subnets4").masquerade());
    to.add(to.rule().is_redirected().address_in(Family::V6, Side::Source, "subnets6").masquerade());
    // The host itself, asking for 127.0.0.1.
    to.add(to.rule().is_redirected().link_in(Link::Out, "bridges").first_byte_is(Side::Source, kLoopback).masquerade());
    // Members of internal networks know no way to any address but their own network's.
    to.add(to.rule().is_redirected().link_in(Link::Out, "internal").masquerade());
    to.add(to.rule().address_in(Family::V4, Side::Source, "subnets4").link_in(Link::Out, "bridges", /*negated=*/true).masquerade());
    to.add(to.rule().address_in(Family::V6, Side::Source, "subnets6").link_in(Link::Out, "bridges", /*negated=*/true).masquerade());
}

void append_rules(Steps& steps, const std::string& table) {
    RuleWriter writer{steps, table};
    append_guard(writer);
    append_redirection(writer);
    append_forwarding(writer);
    append_masquerade(writer);
}

using ElementLists = std::map<std::string, std::vector<Element>>;

void collect(ElementLists& lists, const BridgeRules& rules) {
    const Element link = link_element(rules.bridge);
    lists["bridges"].push_back(link);
    lists["same"].push_back(same_link_element(rules.bridge));
    if (rules.internal) lists["internal"].push_back(link);
    if (rules.isolation == Isolation::No) lists["open"].push_back(link);
    if (rules.isolation == Isolation::Strict) lists["strict"].push_back(link);
    for (const auto& subnet : rules.subnets) {
        auto& list = lists[subnet.address.is_v4() ? "subnets4" : "subnets6"];
        for (auto& element : prefix_elements(subnet)) list.push_back(std::move(element));
    }
}

void collect(ElementLists& lists, std::string_view container_id, const PublishedPort& port) {
    for (auto& element : port_elements(container_id, port)) lists[element.map].push_back(std::move(element.element));
}

void collect(ElementLists& lists, const DnsRule& rule) {
    if (rule.port == 53) return;
    for (const Protocol protocol : {Protocol::Udp, Protocol::Tcp}) {
        lists[rule.gateway.is_v4() ? "dns4" : "dns6"].push_back(dns_element(rule, protocol));
    }
}

Steps added(const std::string& table, const ElementLists& lists) {
    Steps steps;
    for (const auto& [set, elements] : lists) append_elements(steps, table, set, elements);
    return steps;
}
Steps removed(const std::string& table, const ElementLists& lists) {
    Steps steps;
    for (const auto& [set, elements] : lists) append_removed_elements(steps, table, set, elements);
    return steps;
}

}  // namespace

std::string table_name(std::string_view runroot) {
    if (runroot == "/run/skiff") return "skiff";
    return concat("skiff-", sha256_hex(runroot).substr(0, 8));
}

Steps whole_ruleset(const std::string& table, const Ruleset& ruleset) {
    Steps steps;
    steps.push_back({table_message(NFT_MSG_NEWTABLE, NLM_F_CREATE, table), concat("table ", table)});
    append_sets(steps, table);
    append_chains(steps, table);
    append_empty_sets(steps, table);
    append_rules(steps, table);
    ElementLists lists;
    for (const auto& bridge : ruleset.bridges) collect(lists, bridge);
    for (const auto& row : ruleset.ports) collect(lists, row.container_id, row.port);
    for (const auto& rule : ruleset.dns) collect(lists, rule);
    for (auto& step : added(table, lists)) steps.push_back(std::move(step));
    return steps;
}

Steps add_ports(const std::string& table, std::string_view container_id, const std::vector<PublishedPort>& ports) {
    ElementLists lists;
    for (const auto& port : ports) collect(lists, container_id, port);
    return added(table, lists);
}

Steps remove_ports(const std::string& table, const std::vector<PublishedPort>& ports) {
    ElementLists lists;
    for (const auto& port : ports) collect(lists, {}, port);
    return removed(table, lists);
}

Steps add_dns(const std::string& table, const DnsRule& rule) {
    ElementLists lists;
    collect(lists, rule);
    return added(table, lists);
}

Steps remove_dns(const std::string& table, const DnsRule& rule) {
    ElementLists lists;
    collect(lists, rule);
    return removed(table, lists);
}

Steps delete_table(const std::string& table) {
    Steps steps;
    steps.push_back({table_message(NFT_MSG_DELTABLE, 0, table), concat("deleting table ", table)});
    return steps;
}

}  // namespace skiff::network::nft
