#pragma once
/// Addresses as leases: rows of the table lease, unique per network and address.
///
/// Dynamic addresses are handed out round-robin (the one after the last that was handed out), never the lowest free one: what
/// was freed a moment ago is the last to come back. Those that stopped containers will want (--ip) are left out.

#include <string>
#include <string_view>
#include <vector>

#include "network/config.h"
#include "network/store.h"
#include "state/database.h"

namespace skiff::network {

/// Leases the container one address in each subnet of `network`, the static ones where it asked for them, within the caller's
/// Transaction. Throws Error{InUse} naming the holder of a static address, Error{InUse} when a subnet has none left, and
/// Error{Invalid} for an address that is in no subnet, the gateway's or no host's.
std::vector<IpPrefix> lease_addresses(const state::Database& db, const NetworkConfig& network, const AttachmentRow& attachment);
/// Throws Error{Invalid} when `address` is in no subnet of `network`.
void require_in_a_subnet(const NetworkConfig& network, const IpAddress& address);
/// Absent is fine.
void release_leases(const state::Database& db, std::string_view container_id, std::string_view network_id);

}  // namespace skiff::network
