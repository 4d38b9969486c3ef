#pragma once
/// The old iptables (x_tables), whose rules nf_tables does not list. Read only.
/// Source: linux/netfilter_ipv4/ip_tables.h, IPT_SO_GET_INFO and IPT_SO_GET_ENTRIES.

#include <string>

namespace skiff::network::nft {

/// True when the FORWARD chain of the legacy filter table has the policy DROP and no rules that name `link` as the one it came
/// in by, and as the one it leaves by. Does not load the module: a table that nobody uses drops nothing.
bool legacy_forward_drops(bool v6, const std::string& link);

/// The command that lets by what is forwarded from and to `link`: at the head of `chain`.
std::string iptables_command(bool v6, const std::string& chain, const std::string& link, bool legacy = false);

}  // namespace skiff::network::nft
