#pragma once
/// A container's interfaces over its life: planned when init is about to be made, made between the OCI runtime's create and
/// start in init's own namespace (which every runtime and every user namespace has), cut off when it has ended.
///
/// Whoever dies in between leaves endpoints and leases in the database; detach_networks() goes by those.

#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/spec/network_facts.h"
#include "network/store.h"

namespace skiff::libpod {

class Runtime;

/// One interface that is to be.
struct PlannedInterface {
    network::NetworkConfig network;
    network::AttachmentRow attachment;  ///< with its endpoint
};
using NetworkPlan = std::vector<PlannedInterface>;

/// Bridges of the container's networks, before anything is planned. Where somebody else has the default network's bridge or subnet
/// meanwhile and nobody is on it, it gets others. The caller has no Transaction open. Throws Error{Exists} or {InUse} for another
/// network.
void prepare_networks(const Runtime& runtime, const ContainerConfig& config);

/// Leases addresses and writes endpoints, within the caller's Transaction. `start`: how often init ran before. Empty for a
/// container without networks.
NetworkPlan plan_networks(const Runtime& runtime, const ContainerConfig& config, int start);
/// The same for one network of a running container (connect).
PlannedInterface plan_network(const Runtime& runtime, const ContainerConfig& config, const network::AttachmentRow& attachment, int start);

/// What /etc/hosts and /etc/resolv.conf will say.
NetworkFacts network_facts(const Runtime& runtime, const ContainerConfig& config, const NetworkPlan& plan);

/// Bridges, rules, interfaces in the namespace of process `pid`, names. Throws; detach_networks() then undoes.
void attach_networks(const Runtime& runtime, const ContainerConfig& config, const NetworkPlan& plan, pid_t pid);

/// Cuts the container off, takes its ports and names back, and only then frees its addresses. Its processes are gone or going.
/// Absent is fine.
void detach_networks(const Runtime& runtime, const std::string& container_id);

/// Tells a running container of a network that it joined, or is about to leave: its /etc/hosts and /etc/resolv.conf.
enum class Membership { Joined, Left };
void refresh_names(const Runtime& runtime, const ContainerConfig& config, const std::string& network_id, Membership change);

/// One interface of a running container, whose init is `pid`, or with 0 of one at rest: gone, attachment included.
void disconnect_network(const Runtime& runtime, const network::AttachmentRow& attachment, const ContainerConfig& config, pid_t pid);

}  // namespace skiff::libpod
