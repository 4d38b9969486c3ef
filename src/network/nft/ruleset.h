#pragma once
/// The table's content as nfnetlink messages. Pure: no socket, no database.
///
/// The rules are the same for any number of networks and ports; what differs are elements of sets and maps:
///
///     bridges, internal, open, strict   link names
///     same                              link name twice: traffic that stays on one network
///     subnets4, subnets6                addresses that are hidden behind the host's (masquerade)
///     local4, local6                    protocol . host address . port → container address . port
///     any4, any6                        protocol . port → container address . port
///     dns4, dns6                        link name . protocol . gateway . 53 → gateway . port
///
/// The chain `admin` is the administrator's: it is asked before everything else that is forwarded from or to a bridge,
/// and skiff never empties it.
/// Source: linux/netfilter/nf_tables.h; nft(8).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "network/config.h"
#include "network/netlink.h"
#include "network/ports.h"

namespace skiff::network::nft {

struct BridgeRules {
    std::string bridge;  ///< at most 15 bytes, as the kernel takes link names
    std::vector<IpPrefix> subnets;
    bool internal = false;
    Isolation isolation = Isolation::Yes;
};

struct DnsRule {
    std::string bridge;
    IpAddress gateway;
    std::uint16_t port = 53;
};

struct Ruleset {
    std::vector<BridgeRules> bridges;
    std::vector<PublishedRow> ports;
    std::vector<DnsRule> dns;
};

/// One message of a transaction, and what it does, for the error line.
struct Step {
    NetlinkMessage message;
    std::string what;
};
using Steps = std::vector<Step>;

/// "skiff" for /run/skiff, else "skiff-" and eight hex digits: two roots have two tables.
std::string table_name(std::string_view runroot);

/// Makes the table `table`, or makes it anew; the chain `admin` stays.
Steps whole_ruleset(const std::string& table, const Ruleset& ruleset);
Steps add_ports(const std::string& table, std::string_view container_id, const std::vector<PublishedPort>& ports);
/// Fails with ENOENT when one is missing.
Steps remove_ports(const std::string& table, const std::vector<PublishedPort>& ports);
/// Port 53 itself: nothing to redirect, no steps.
Steps add_dns(const std::string& table, const DnsRule& rule);
/// Fails with ENOENT when there is none.
Steps remove_dns(const std::string& table, const DnsRule& rule);
Steps delete_table(const std::string& table);

}  // namespace skiff::network::nft
