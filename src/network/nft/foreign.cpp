#include "network/nft/foreign.h"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <map>

#include "network/nft/expressions.h"
#include "network/nft/legacy.h"
#include "util/text.h"

namespace skiff::network::nft {
namespace {

constexpr const char* kDockerHook = "DOCKER-USER";

/// Who says no to what is forwarded, with all that is known of his table.
struct Obstacle {
    BaseChain chain;
    std::vector<ForeignRule> rules;
    bool has_docker_hook = false;
    bool has_ufw_hook = false;
};

/// Matches nothing: counts, logs and decides.
bool is_unconditional(const ForeignRule& rule) {
    static constexpr std::array<std::string_view, 5> kHarmless{"counter", "log", "immediate", "reject", "target"};
    return std::all_of(rule.expressions.begin(), rule.expressions.end(), [](const std::string& name) {
        return std::find(kHarmless.begin(), kHarmless.end(), name) != kHarmless.end();
    });
}

bool ends_in_drop(const BaseChain& chain, const std::vector<ForeignRule>& rules) {
    if (chain.drops) return true;
    return std::any_of(rules.begin(), rules.end(), [&](const ForeignRule& rule) {
        return rule.chain == chain.name && rule.drops && is_unconditional(rule);
    });
}

bool concerns(const BaseChain& chain, const BridgeRules& bridge) {
    if (chain.family == kInet) return true;
    const bool v4 = chain.family == NFPROTO_IPV4;
    return std::any_of(bridge.subnets.begin(), bridge.subnets.end(), [&](const IpPrefix& subnet) { return subnet.address.is_v4() == v4; });
}

/// A comparison with the whole name, or with a beginning of it ("skiff*").
bool names_link(const std::vector<std::uint8_t>& compared, const std::string& link) {
    const auto whole = link_bytes(link);
    if (compared.empty() || compared.size() > whole.size() || compared[0] == 0) return false;
    return std::equal(compared.begin(), compared.end(), whole.begin());
}

/// Two rules at least (one a direction) that let by, or send on, what comes over the link.
bool is_let_by(const Obstacle& obstacle, const std::string& link) {
    return std::count_if(obstacle.rules.begin(), obstacle.rules.end(), [&](const ForeignRule& rule) {
               const bool named = std::any_of(rule.compared.begin(), rule.compared.end(), [&](const auto& value) { return names_link(value, link); });
               return named && (rule.accepts || !rule.jumps_to.empty());
           }) >= 2;
}

std::vector<Obstacle> find_obstacles(Connection& connection, const std::string& own_table) {
    std::vector<Obstacle> out;
    const Chains chains = connection.chains();
    const auto has_chain = [&](const BaseChain& like, std::string_view name) {
        return std::any_of(chains.others.begin(), chains.others.end(), [&](const BaseChain& chain) {
            return chain.family == like.family && chain.table == like.table && chain.name == name;
        });
    };
    for (const auto& chain : chains.base) {
        const bool routed = chain.family == kInet || chain.family == NFPROTO_IPV4 || chain.family == NFPROTO_IPV6;
        if (!routed || chain.hook != NF_INET_FORWARD || (chain.family == kInet && chain.table == own_table)) continue;
        Obstacle obstacle{chain, connection.rules(chain.family, chain.table), has_chain(chain, kDockerHook),
                          has_chain(chain, "ufw-user-forward") || has_chain(chain, "ufw6-user-forward")};
        if (obstacle.has_docker_hook || ends_in_drop(chain, obstacle.rules)) out.push_back(std::move(obstacle));
    }
    return out;
}

std::string family_word(std::uint8_t family) { return family == kInet ? "inet" : family == NFPROTO_IPV4 ? "ip" : "ip6"; }

std::string nft_command(const BaseChain& chain, const std::string& link) {
    const auto rule = [&](const char* direction) {
        return concat("insert rule ", family_word(chain.family), " ", chain.table, " ", chain.name, " ", direction, " ", link, " accept");
    };
    return concat("nft '", rule("iifname"), "; ", rule("oifname"), "'");
}

std::string command_for(const Obstacle& obstacle, const std::string& link) {
    if (obstacle.chain.table == "firewalld") return concat("firewall-cmd --permanent --zone=trusted --add-interface=", link, " && firewall-cmd --reload");
    if (obstacle.has_ufw_hook) return concat("ufw route allow in on ", link, " && ufw route allow out on ", link);
    if (obstacle.chain.table == "filter" && obstacle.chain.name == "FORWARD") return iptables_command(obstacle.chain.family == NFPROTO_IPV6, "FORWARD", link);
    return nft_command(obstacle.chain, link);
}

std::string warning_for(const Obstacle& obstacle, const std::string& link) {
    return concat("the chain ", quote(obstacle.chain.name), " of the nftables table ", quote(concat(family_word(obstacle.chain.family), " ", obstacle.chain.table)),
                  " drops what is forwarded from or to ", link, "; let it by with: ", command_for(obstacle, link));
}

// ---------------------------------------------------------------- the administrator's hook

std::string hook_comment(const std::string& table, const char* direction, const std::string& link) {
    return concat(table, " ", direction, " ", link);
}

NetlinkMessage deletion(const BaseChain& chain, const ForeignRule& rule) {
    auto message = begin_message(NFT_MSG_DELRULE, 0, chain.family);
    message.string(NFTA_RULE_TABLE, chain.table).string(NFTA_RULE_CHAIN, rule.chain).u64(NFTA_RULE_HANDLE, htobe64(rule.handle));
    return message;
}

/// Makes the hook's rules of ours what `links` need.
void fill_hook(Steps& steps, const Obstacle& obstacle, const std::string& table, const std::vector<std::string>& links) {
    std::map<std::string, std::pair<Link, std::string>> wanted;
    for (const auto& link : links) {
        wanted[hook_comment(table, "in", link)] = {Link::In, link};
        wanted[hook_comment(table, "out", link)] = {Link::Out, link};
    }
    for (const auto& rule : obstacle.rules) {
        if (rule.chain != kDockerHook || !rule.comment.starts_with(table + " ")) continue;
        if (wanted.erase(rule.comment) == 0) steps.push_back({deletion(obstacle.chain, rule), concat("a rule of ", kDockerHook)});
    }
    for (const auto& [comment, match] : wanted) {
        Rule rule{obstacle.chain.table, kDockerHook, comment, obstacle.chain.family};
        rule.link_is(match.first, match.second).count().accept();
        steps.push_back({rule.inserted(), concat("a rule of ", kDockerHook)});
    }
}

}  // namespace

ForeignPlan pass_through(Connection& connection, const std::string& table, const std::vector<BridgeRules>& bridges) {
    ForeignPlan plan;
    for (const auto& obstacle : find_obstacles(connection, table)) {
        std::vector<std::string> links;
        for (const auto& bridge : bridges) {
            if (concerns(obstacle.chain, bridge) && !bridge.internal) links.push_back(bridge.bridge);
        }
        if (obstacle.has_docker_hook) {
            fill_hook(plan.steps, obstacle, table, links);
            continue;
        }
        for (const auto& link : links) {
            if (!is_let_by(obstacle, link)) plan.warnings.push_back(warning_for(obstacle, link));
        }
    }
    for (const bool v6 : {false, true}) {
        for (const auto& bridge : bridges) {
            const bool has_family = std::any_of(bridge.subnets.begin(), bridge.subnets.end(), [&](const IpPrefix& subnet) { return subnet.address.is_v4() != v6; });
            if (bridge.internal || !has_family || !legacy_forward_drops(v6, bridge.bridge)) continue;
            plan.warnings.push_back(concat("the chain \"FORWARD\" of iptables (legacy) drops what is forwarded from or to ", bridge.bridge,
                                           "; let it by with: ", iptables_command(v6, "FORWARD", bridge.bridge, /*legacy=*/true)));
        }
    }
    return plan;
}

}  // namespace skiff::network::nft
