#pragma once
/// A container's published ports, from what was asked for to sockets and rules.

#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/network_setup.h"
#include "network/ports.h"
#include "oci/monitor/held_port.h"

namespace skiff::libpod {

class Runtime;

/// Gives each host port that is 0 a free one: of no program of the host, and of no container's configuration here.
/// Throws Error{InUse} when there is none.
void choose_host_ports(const Runtime& runtime, std::vector<network::PortMapping>& ports);

/// One for each port of the host, leading to the container's addresses on the first network that is a bridge with a way out,
/// else on the first bridge.
std::vector<network::PublishedPort> planned_ports(const ContainerConfig& config, const NetworkPlan& plan);

/// The sockets that the container's monitor keeps: one a family. Where the packet filter does not reach (IPv6 from ::1, or to a
/// container that has IPv4 only) they have a target.
std::vector<oci::monitor::HeldPort> held_ports(const std::vector<network::PublishedPort>& ports);

/// Makes the packet filter's rules anew (`network reload`), saying what foreign rules drop.
void reload_rules(const Runtime& runtime);
/// The same when somebody changed the ruleset since; a failure is passed over. What every command does first.
void restore_rules(const Runtime& runtime) noexcept;

/// The packet filter forgets this root: `system reset`. Nothing when it knows nothing of it.
void drop_rules(const Runtime& runtime);

/// Puts the rows of `ports` in force: the packet filter leads them to the container. Says so when there are none although some
/// were asked for: the container is on no bridge. Its bridge ports are told to send back what came from them (hairpin): with
/// br_netfilter, what a container asks of its own published port never leaves the bridge.
void publish_ports(const Runtime& runtime, const ContainerConfig& config, const NetworkPlan& plan,
                   const std::vector<network::PublishedPort>& ports);

/// A running container came to a network or left one: its ports lead to where they would now. (What the monitor serves goes to
/// the address that the container was started with.)
void repoint_ports(const Runtime& runtime, const ContainerConfig& config);

}  // namespace skiff::libpod
