#pragma once
/// Which addresses and names a new network gets when nobody says: free of other networks and of the host's own.

#include <optional>
#include <string>
#include <vector>

#include "network/config.h"
#include "network/host_routes.h"

namespace skiff::network {

/// Subnets of `length` bits are cut from `base`, in order.
struct SubnetPool {
    IpPrefix base;
    unsigned length = 24;
    bool operator==(const SubnetPool&) const = default;
};
/// containers.conf(5), default_subnet_pools; then, for hosts on which all of 10.0.0.0/8 is routed elsewhere, the other private
/// blocks of RFC 1918.
std::vector<SubnetPool> default_subnet_pools();

/// The first that overlaps none of `taken`. nullopt when there is none.
std::optional<IpPrefix> choose_subnet(const std::vector<SubnetPool>& pools, const std::vector<IpPrefix>& taken);
/// A random /64 of fd00::/8. Source: RFC 4193.
IpPrefix random_subnet6(const std::vector<IpPrefix>& taken);

/// The gateway that a subnet gets: its first address that a host can have.
IpAddress first_host(const IpPrefix& subnet);

}  // namespace skiff::network
