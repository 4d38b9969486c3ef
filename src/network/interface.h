#pragma once
/// A container's interface: made, configured and announced, and taken out of the way again.

#include <string>
#include <string_view>

#include "network/config.h"
#include "network/link.h"
#include "network/store.h"

namespace skiff::network {

/// "sk" + nine digits of the container's ID + slot + the last three base-36 digits of `start`: a link of the last start, which
/// the kernel may still be deleting, is not in the way. At most 15 bytes.
std::string host_link_name(std::string_view container_id, unsigned slot, std::uint64_t start);
/// What begins every host link of the container.
std::string host_link_prefix(std::string_view container_id);

/// Makes `endpoint`'s interface in the namespace `netns` with its addresses and routes. `bridge`: the network's; null
/// for macvlan and ipvlan. The first default route that is set wins. Throws SystemError; what was made then goes with
/// remove_interface() or the namespace.
void make_interface(NetlinkSocket& host, const NetworkConfig& network, const Endpoint& endpoint, const LinkFacts* bridge,
                    int netns);

/// The host's end down and out of the bridge: from here on nobody is answered. The link itself goes when the kernel takes the
/// namespace down. Absent is fine.
void cut_off(NetlinkSocket& host, const Endpoint& endpoint);
/// Deletes the interface while the namespace lives on (disconnect). Takes some 15 ms. Absent is fine.
void remove_interface(NetlinkSocket& host, const Endpoint& endpoint, int netns);

}  // namespace skiff::network
