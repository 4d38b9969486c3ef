#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cstring>
#include <map>

#include "network/nft/expressions.h"
#include "network/nft/ruleset.h"
#include "network/nft/sets.h"

using namespace skiff::network;
using namespace skiff::network::nft;

namespace {

/// A message as the kernel would take it apart.
struct Parsed {
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    std::vector<std::uint8_t> bytes;
    NetlinkAttributes attributes;
};

Parsed parse(NetlinkMessage message) {
    Parsed out;
    const auto bytes = message.finish(1);
    out.bytes.assign(bytes.begin(), bytes.end());
    nlmsghdr header;
    std::memcpy(&header, out.bytes.data(), sizeof header);
    REQUIRE(header.nlmsg_len == out.bytes.size());
    out.type = header.nlmsg_type & 0xff;
    out.flags = header.nlmsg_flags;
    out.attributes = NetlinkAttributes{std::span<const std::uint8_t>{out.bytes}.subspan(NLMSG_HDRLEN + sizeof(nfgenmsg))};
    return out;
}

std::vector<std::string> expressions_of(const Parsed& rule) {
    std::vector<std::string> names;
    rule.attributes.nest(NFTA_RULE_EXPRESSIONS).each([&](std::uint16_t type, std::span<const std::uint8_t> bytes) {
        CHECK(type == NFTA_LIST_ELEM);
        names.push_back(NetlinkAttributes{bytes}.string(NFTA_EXPR_NAME));
    });
    return names;
}

std::size_t elements_of(const Parsed& message) {
    std::size_t count = 0;
    message.attributes.nest(NFTA_SET_ELEM_LIST_ELEMENTS).each([&](std::uint16_t, std::span<const std::uint8_t>) { ++count; });
    return count;
}

/// Elements by set, over all messages that add some.
std::map<std::string, std::size_t> added_elements(Steps steps) {
    std::map<std::string, std::size_t> out;
    for (auto& step : steps) {
        const Parsed message = parse(std::move(step.message));
        if (message.type == NFT_MSG_NEWSETELEM) out[message.attributes.string(NFTA_SET_ELEM_LIST_SET)] += elements_of(message);
    }
    return out;
}

std::size_t count_of(Steps steps, std::uint16_t type) {
    std::size_t count = 0;
    for (auto& step : steps) count += parse(std::move(step.message)).type == type ? 1 : 0;
    return count;
}

PublishedPort port(Protocol protocol, std::string_view host, std::uint16_t number, bool v6 = true) {
    return {protocol, host.empty() ? std::nullopt : IpAddress::parse(host), number, 80, IpAddress::parse("10.88.0.2"),
            v6 ? IpAddress::parse("fd00::2") : std::nullopt};
}

BridgeRules bridge(const std::string& name, Isolation isolation = Isolation::Yes, bool internal = false) {
    return {name, {*IpPrefix::parse("10.88.0.0/16"), *IpPrefix::parse("fd00::/64")}, internal, isolation};
}

Bytes bytes(std::initializer_list<int> values) {
    Bytes out;
    for (const int value : values) out.push_back(static_cast<std::uint8_t>(value));
    return out;
}

}  // namespace

TEST_CASE("a rule is its expressions in order, with the comment that nft shows") {
    Rule rule{"skiff", "forward", "why"};
    rule.link_is(Link::In, "skiff0").count().accept();
    const Parsed message = parse(rule.appended());
    CHECK(message.type == NFT_MSG_NEWRULE);
    CHECK((message.flags & NLM_F_APPEND) != 0);
    CHECK(message.attributes.string(NFTA_RULE_TABLE) == "skiff");
    CHECK(message.attributes.string(NFTA_RULE_CHAIN) == "forward");
    CHECK(expressions_of(message) == std::vector<std::string>{"meta", "cmp", "counter", "immediate"});
    CHECK(comment_of(message.attributes.get(NFTA_RULE_USERDATA)) == "why");
    CHECK((parse(rule.inserted()).flags & NLM_F_APPEND) == 0);
}

TEST_CASE("link names fill their register and never run over") {
    CHECK(link_bytes("lo") == bytes({'l', 'o', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    const auto longest = link_bytes("abcdefghijklmnopqrstuvwxyz");
    CHECK(longest.size() == 16);
    CHECK(longest.back() == 0);
}

TEST_CASE("comments: too long ones are cut, damaged ones are empty") {
    CHECK(comment_of(comment_data(std::string(500, 'x'))) == std::string(127, 'x'));
    CHECK(comment_of(bytes({0, 9, 'a'})) == "");
    CHECK(comment_of(bytes({1, 1, 'a', 0, 2, 'b', 0})) == "b");
    CHECK(comment_of({}) == "");
}

TEST_CASE("keys and values of published ports, field by field") {
    const auto any = port_elements("0123456789abcdef", port(Protocol::Tcp, "", 8080));
    REQUIRE(any.size() == 2);
    CHECK(any[0].map == "any4");
    CHECK(any[0].element.key == bytes({6, 0, 0, 0, 0x1f, 0x90, 0, 0}));
    CHECK(any[0].element.value == bytes({10, 88, 0, 2, 0, 80, 0, 0}));
    CHECK(any[0].element.comment == "0123456789ab");
    CHECK(any[1].map == "any6");
    CHECK(any[1].element.value.size() == 20);

    const auto local = port_elements("", port(Protocol::Udp, "127.0.0.1", 53));
    REQUIRE(local.size() == 1);
    CHECK(local[0].map == "local4");
    CHECK(local[0].element.key == bytes({17, 0, 0, 0, 127, 0, 0, 1, 0, 53, 0, 0}));
}

TEST_CASE("a port leads only where there is an address of the family that was asked for") {
    CHECK(port_elements("", port(Protocol::Tcp, "", 1, /*v6=*/false)).size() == 1);
    CHECK(port_elements("", port(Protocol::Tcp, "0.0.0.0", 1)).at(0).map == "any4");
    CHECK(port_elements("", port(Protocol::Tcp, "0.0.0.0", 1)).size() == 1);
    CHECK(port_elements("", port(Protocol::Tcp, "::", 1)).at(0).map == "any6");
    CHECK(port_elements("", port(Protocol::Tcp, "2001:db8::1", 1)).at(0).map == "local6");
    CHECK(port_elements("", port(Protocol::Tcp, "2001:db8::1", 1, /*v6=*/false)).empty());
}

TEST_CASE("subnets are intervals, also the last one that there is") {
    const auto ordinary = prefix_elements(*IpPrefix::parse("10.88.0.0/16"));
    REQUIRE(ordinary.size() == 2);
    CHECK(ordinary[0].key == bytes({10, 88, 0, 0}));
    CHECK(ordinary[1].key == bytes({10, 89, 0, 0}));
    CHECK(ordinary[1].ends);
    CHECK(prefix_elements(*IpPrefix::parse("255.255.0.0/16")).size() == 1);
}

TEST_CASE("a network and a port cost elements, never rules") {
    Ruleset small;
    small.bridges = {bridge("skiff0")};
    Ruleset large;
    for (int i = 0; i < 20; ++i) large.bridges.push_back(bridge("br" + std::to_string(i)));
    for (std::uint16_t i = 1; i <= 1000; ++i) large.ports.push_back({"c", port(Protocol::Tcp, "", i)});
    CHECK(count_of(whole_ruleset("t", small), NFT_MSG_NEWRULE) == count_of(whole_ruleset("t", large), NFT_MSG_NEWRULE));
    auto elements = added_elements(whole_ruleset("t", large));
    CHECK(elements["any4"] == 1000);
    CHECK(elements["any6"] == 1000);
    CHECK(elements["bridges"] == 20);
    for (auto& step : whole_ruleset("t", large)) CHECK(step.message.finish(1).size() < 65536);
    CHECK(added_elements(add_ports("t", "c", {port(Protocol::Tcp, "", 80)})) == std::map<std::string, std::size_t>{{"any4", 1}, {"any6", 1}});
}

TEST_CASE("which sets a network is in") {
    Ruleset ruleset;
    ruleset.bridges = {bridge("a"), bridge("b", Isolation::No), bridge("c", Isolation::Strict), bridge("d", Isolation::Yes, /*internal=*/true)};
    auto elements = added_elements(whole_ruleset("t", ruleset));
    CHECK(elements["bridges"] == 4);
    CHECK(elements["same"] == 4);
    CHECK(elements["open"] == 1);
    CHECK(elements["strict"] == 1);
    CHECK(elements["internal"] == 1);
}

TEST_CASE("the administrator's chain is made and never emptied") {
    bool made = false;
    for (auto& step : whole_ruleset("t", {})) {
        const Parsed message = parse(std::move(step.message));
        if (message.type == NFT_MSG_NEWCHAIN && message.attributes.string(NFTA_CHAIN_NAME) == "admin") made = true;
        if (message.type == NFT_MSG_DELRULE) CHECK(message.attributes.string(NFTA_RULE_CHAIN) != "admin");
    }
    CHECK(made);
}

TEST_CASE("DNS is redirected only where the responder is at another port") {
    const DnsRule rule{"skiff0", *IpAddress::parse("10.88.0.1"), 53};
    CHECK(add_dns("t", rule).empty());
    CHECK(added_elements(add_dns("t", {rule.bridge, rule.gateway, 5300})) == std::map<std::string, std::size_t>{{"dns4", 2}});
    const Element element = dns_element({rule.bridge, rule.gateway, 5300}, Protocol::Udp);
    CHECK(Bytes{element.key.begin() + 16, element.key.end()} == bytes({17, 0, 0, 0, 10, 88, 0, 1, 0, 53, 0, 0}));
    CHECK(element.value == bytes({10, 88, 0, 1, 0x14, 0xb4, 0, 0}));
}

TEST_CASE("two roots have two tables, and a path is never part of a name") {
    CHECK(table_name("/run/skiff") == "skiff");
    const std::string other = table_name("/tmp/a \"b\"; flush ruleset");
    CHECK(other != table_name("/tmp/b"));
    CHECK(other.size() == 14);
    CHECK(other.find_first_not_of("skif-0123456789abcdef") == std::string::npos);
}
