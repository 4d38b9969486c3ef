#pragma once
/// Making, changing and removing networks, and connecting running containers. Each writes its rows in one transaction; links
/// are made at the first attachment and go with the network.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/networks.h"
#include "network/config.h"

namespace skiff::state {
struct IntentRow;
}

namespace skiff::libpod {

class Runtime;
struct ContainerRow;

/// Completes and stores what parse_network_create() gave: name, subnets and bridge that are free. Throws Error{Exists} for a
/// name or bridge that is taken and Error{InUse} for a subnet that another network, or a link of the host, has.
network::NetworkConfig create_network(const Runtime& runtime, network::NetworkConfig config);

/// Throws Error{InUse} naming a container that is on it, unless `force`: then those containers are removed (`stop_timeout`:
/// their grace). The default network stays: Error{Invalid}.
void remove_network(Runtime& runtime, std::string_view name_or_id, bool force, std::optional<std::chrono::seconds> stop_timeout);

/// The default one too: what `system reset` does when no container is left.
void remove_all_networks(Runtime& runtime);

/// Networks that no container is on, without the default one.
std::vector<network::NetworkConfig> unused_networks(const Runtime& runtime);

/// Changes where the names of a network are asked for. Throws Error{Invalid} on a network without names.
void update_network_servers(const Runtime& runtime, std::string_view name_or_id, const std::vector<std::string>& add, const std::vector<std::string>& drop);

/// A container, running or not, is on a further network from here on. Throws Error{Exists} when it is already.
void connect_network(Runtime& runtime, std::string_view network, std::string_view container, const network::AttachmentConfig& config);
/// Throws Error{NotFound} when it is not on it; with `force` that is fine.
void disconnect_network(Runtime& runtime, std::string_view network, std::string_view container, bool force);

/// What a dead `network rm` left: the bridge.
void repair_network(const Runtime& runtime, const state::IntentRow& intent);
/// A dead connect is undone, a dead disconnect finished: either way the container is not on the network.
void repair_connection(const Runtime& runtime, const ContainerRow& row, const state::IntentRow& intent);

}  // namespace skiff::libpod
