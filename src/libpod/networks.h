#pragma once
/// Networks as objects of the engine: the default one, which network a request means, and what a container is on.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libpod/network_request.h"
#include "network/config.h"
#include "network/store.h"
#include "network/subnet_choice.h"

namespace skiff::libpod {

class Runtime;

/// containers.conf's default_network, else "podman".
std::string default_network_name(const Runtime& runtime);
/// containers.conf's default_subnet_pools, else the engine's own. Throws Error{Invalid} for a pool that is none.
std::vector<network::SubnetPool> subnet_pools(const Runtime& runtime);
/// The default network: bridge skiff0 and 10.88.0.0/16, or the next that are free. Its row is made at first use.
network::NetworkConfig default_network(const Runtime& runtime);
/// Gives the default network another bridge and subnet, when somebody else has its own meanwhile. Nobody may be on it.
network::NetworkConfig rehome_default_network(const Runtime& runtime);
/// By ID, name or prefix; the default network is made when it is meant. Throws Error{NotFound}.
network::NetworkConfig find_network(const Runtime& runtime, std::string_view name_or_id);
/// With the default network, by name.
std::vector<network::NetworkConfig> list_networks(const Runtime& runtime);

/// What a new container will be on, in the order asked for; container_id is left empty. Throws Error{NotFound}, and
/// Error{Invalid} for what a network cannot give (an address outside of it, an interface name used twice).
std::vector<network::AttachmentRow> attachments_for(const Runtime& runtime, const std::vector<NetworkRequest>& requests);
/// Throws Error{Invalid} for what `network` cannot give.
void check_attachment(const network::NetworkConfig& network, const network::AttachmentConfig& config);
/// "eth0" …, or what was asked for.
std::string interface_name_of(const network::AttachmentRow& attachment);

/// What a container's networks were asked for, by their names, in order of the slots.
std::vector<std::pair<std::string, network::AttachmentConfig>> memberships_of(const Runtime& runtime, std::string_view container_id);

/// Names of the networks that containers are on, by container ID and slot: one query for a listing.
using NetworkNames = std::map<std::string, std::vector<std::string>, std::less<>>;
NetworkNames network_names(const state::Database& db);
std::vector<std::string> network_names_of(const state::Database& db, std::string_view container_id);

}  // namespace skiff::libpod
