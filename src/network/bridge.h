#pragma once
/// The bridge of a network: a link of the host that has the gateways' addresses.

#include <filesystem>

#include "network/config.h"
#include "network/link.h"

namespace skiff::network {

/// Its link as it is, made when it is missing: link, addresses, parameters. RUNROOT/bridges is locked while it is made, so that
/// of many containers at once one makes it. Throws Error{Exists} when the name belongs to somebody else's link, and Error{InUse} when a
/// subnet is that of another link.
LinkFacts ensure_bridge(NetlinkSocket& socket, const NetworkConfig& network, const std::filesystem::path& runroot);
/// Absent, and somebody else's, is fine.
void delete_bridge(NetlinkSocket& socket, const NetworkConfig& network);

/// True when a link of that name is there and is not this network's bridge.
bool is_foreign_link(NetlinkSocket& socket, const NetworkConfig& network);

}  // namespace skiff::network
