#pragma once
/// What a query gets: an answer of our own, or a server's. A pure function of the networks' views.

#include <functional>

#include "network/dns/message.h"
#include "network/dns/view.h"

namespace skiff::network::dns {

/// Another network of the asking member, by ID; nullptr when it has no records.
using OtherView = std::function<const View*(const std::string& network_id)>;

struct Decision {
    std::string answer;           ///< empty: forward
    std::vector<Upstream> servers; ///< with forwarding: whom; empty: the host's servers
};

/// `source`: who asks; whoever is not of the network's subnets is refused. `limit`: bytes that the answer may have.
/// `turn` rotates the addresses of a name that several members share.
Decision decide(const Query& query, const IpAddress& source, const View& view, const OtherView& other, std::size_t limit, std::uint32_t turn);

}  // namespace skiff::network::dns
