#pragma once
/// Rows of the tables network, attachment and lease. The caller holds a Transaction where it writes more than one.
///
/// An attachment is the membership of a container in a network and lasts until it is disconnected or removed. While the
/// container has the interface (or is about to get it, or about to lose it), the attachment's endpoint says what it is and
/// its addresses are leases; both are committed before the first link is made, so that whoever dies leaves a word of it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/config.h"
#include "state/database.h"

namespace skiff::network {

struct AttachmentRow {
    std::string container_id;
    std::string network_id;
    unsigned slot = 0;
    AttachmentConfig config;
    std::optional<Endpoint> endpoint;  ///< set while it is (being) set up
};

// ---------------------------------------------------------------- networks

/// Throws Error{Exists} when name or bridge are taken.
void insert_network(const state::Database& db, const NetworkConfig& config);
void update_network(const state::Database& db, const NetworkConfig& config);
void delete_network(const state::Database& db, std::string_view id);
std::optional<NetworkConfig> read_network(const state::Database& db, std::string_view id);
std::optional<NetworkConfig> read_network_by_name(const state::Database& db, std::string_view name);
/// By name.
std::vector<NetworkConfig> read_all_networks(const state::Database& db);
/// By full ID, name, or unambiguous ID prefix. Throws Error{NotFound} or {Ambiguous}.
NetworkConfig find_network(const state::Database& db, std::string_view name_or_id);

// ---------------------------------------------------------------- attachments

void insert_attachment(const state::Database& db, const AttachmentRow& row);
void delete_attachment(const state::Database& db, std::string_view container_id, std::string_view network_id);
/// By slot.
std::vector<AttachmentRow> attachments_of(const state::Database& db, std::string_view container_id);
/// Members of a network, with or without endpoint.
std::vector<AttachmentRow> members_of(const state::Database& db, std::string_view network_id);
void set_endpoint(const state::Database& db, const Endpoint& endpoint);
void clear_endpoint(const state::Database& db, std::string_view container_id, std::string_view network_id);
/// A new epoch: no endpoint, no lease.
void forget_endpoints(const state::Database& db);

}  // namespace skiff::network
