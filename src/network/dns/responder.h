#pragma once
/// The DNS responder of a network: one process while the network has members, in the host's network namespace, at the bridge's
/// addresses. The life of one:
///
///   1. attach and detach call publish(): under RUNROOT/dns/<network ID>.lock it writes the records anew and, with a member on
///      the network, sees to it that the responder serves before the container starts.
///   2. Each member's monitor watches responder_process() (oci/monitor/companions.h) and starts it again when it dies.
///   3. The responder follows the records by inotify. When they name no member any more it takes the same lock, looks again,
///      removes the directory and ends.
///
/// Names (docs/dns.md): every member's names, bare and below dns.podman; host.containers.internal and
/// host.docker.internal; the members' addresses backwards. Whoever is on several networks is answered from all of his. Other
/// names of one label and below dns.podman do not exist; the rest is asked of the servers. Sources: RFC 1034, 1035, 2308,
/// 3597, 5452, 6891, 7766, 8482.

#include <functional>

#include "network/dns/records.h"
#include "network/ip.h"
#include "util/lone_process.h"

namespace skiff::network::dns {

constexpr std::string_view kDomain = "dns.podman";

/// Makes `current` what the network's responder answers from; `current` is called under the records' lock, so that of two
/// writers the later one has read the later facts: it has to read them (a new database snapshot), not to repeat them. Returns once a
/// responder serves; without members nothing is started and one that serves will end. The bridge must have its addresses.
/// Caller: the network's and container's locks may be held. Throws Error: what the responder failed with.
void publish(const fs::path& runroot, const std::string& network_id, const std::function<Records()>& current);

/// Sees to it that a network which has members is served, the records being as they are: for repair and `network reload`.
/// False when it has none.
bool ensure_responder(const fs::path& runroot, const std::string& network_id);

/// What a member's monitor is to keep alive.
LoneProcess responder_process(const fs::path& runroot, const std::string& network_id);

/// The port that the responder listens at where the host's own port 53 was taken; 53 when it serves there, 0 when it does not run.
std::uint16_t responder_port(const fs::path& runroot, const std::string& network_id);

/// Sends queries to port 53 of `gateway` that come in over `bridge` to `port`; 53 ends that. redirect_dns() of the packet filter,
/// which the responder does not know itself.
using Redirect = std::function<void(const fs::path& runroot, const std::string& bridge, const IpAddress& gateway, std::uint16_t port)>;

/// The hidden command's main: argv as start_if_missing() made it. Returns the exit status.
int run_responder(int argc, char** argv, const Redirect& redirect);
constexpr std::string_view kResponderCommand = "dns-responder";

}  // namespace skiff::network::dns
