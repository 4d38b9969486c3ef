#include "libpod/network_reload.h"

#include <linux/netlink.h>

#include "libpod/network_names.h"
#include "libpod/runtime.h"
#include "network/bridge.h"
#include "network/link.h"
#include "network/nft/firewall.h"
#include "network/store.h"
#include "util/log.h"

namespace skiff::libpod {
namespace {

/// A bridge that was deleted took its ports along, but not the containers' links.
void rejoin(network::NetlinkSocket& host, const network::Endpoint& endpoint, const network::LinkFacts& bridge) {
    const auto link = network::find_link(host, endpoint.host_link);
    if (!link) return;
    if (link->master != bridge.index) host.request(network::set_link_master(link->index, bridge.index), "putting a link back on its bridge");
    if (!link->up) host.request(network::set_link_up(link->index), "switching a link on");
}

}  // namespace

void reload_networks(const Runtime& runtime, const Container& container) {
    network::NetlinkSocket host{NETLINK_ROUTE};
    std::vector<network::NetworkConfig> networks;
    for (const auto& attachment : network::attachments_of(runtime.db(), container.id())) {
        auto network = network::read_network(runtime.db(), attachment.network_id);
        if (!network || !attachment.endpoint) continue;
        if (network->driver == network::Driver::Bridge) {
            rejoin(host, *attachment.endpoint, network::ensure_bridge(host, *network, runtime.options().runroot));
        }
        networks.push_back(std::move(*network));
    }
    if (networks.empty()) return;
    for (const auto& warning : runtime.firewall().remake()) log::warn(warning);
    publish_names(runtime, networks);
}

}  // namespace skiff::libpod
