#pragma once
/// What a network is: its immutable configuration (network.config, JSON) and its row.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "network/attachment_config.h"
#include "network/ip.h"
#include "util/clock.h"

namespace skiff::network {

struct Subnet {
    IpPrefix prefix;                     ///< no host bits
    std::optional<IpAddress> gateway;    ///< the bridge's own address; none with --opt no_default_route and none given
    std::optional<IpAddress> range_first, range_last;  ///< --ip-range: dynamic addresses come from here, ends included
    bool operator==(const Subnet&) const = default;
};

/// --route DESTINATION,GATEWAY[,METRIC]: set inside each container.
struct Route {
    IpPrefix destination;
    IpAddress gateway;
    std::optional<std::uint32_t> metric;
    bool operator==(const Route&) const = default;
};

enum class Driver { Bridge, Macvlan, Ipvlan };
std::string_view driver_name(Driver driver);

/// --opt isolate: whether traffic from and to other networks' bridges passes.
enum class Isolation {
    No,
    Yes,     ///< not from or to networks that are isolated too
    Strict,  ///< from and to no other network
};

struct NetworkConfig {
    std::string id;    ///< 64 hex digits
    std::string name;
    UnixNanos created_at = 0;
    Driver driver = Driver::Bridge;
    std::string interface;        ///< the bridge's link; macvlan, ipvlan: the parent, empty: that of the default route
    std::vector<Subnet> subnets;  ///< none: containers get no address (ipam driver none)
    std::vector<Route> routes;
    bool ipv6 = false;            ///< --ipv6
    bool internal = false;        ///< no way out, no upstream DNS
    bool dns_enabled = true;
    std::vector<std::string> dns_servers;         ///< --dns: where the responder forwards to; empty: the host's
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> options;   ///< --opt as given
    std::string ipam_driver = "host-local";       ///< host-local, none

    // Taken out of `options`.
    std::optional<std::uint32_t> mtu;             ///< unset: that of the host's default route
    std::optional<std::uint16_t> vlan;
    Isolation isolate = Isolation::No;
    std::optional<std::uint32_t> metric;          ///< of the default route, 100 when not said
    bool no_default_route = false;
    std::string mode;                             ///< bridge: managed, unmanaged; macvlan: bridge, private, vepa, passthru; ipvlan: l2, l3, l3s
    std::string vrf;

    bool operator==(const NetworkConfig&) const = default;
};

/// Without id, name and created_at, which are columns.
nlohmann::json to_json(const NetworkConfig& config);
/// Throws Error{Corrupt}.
NetworkConfig network_from_json(const nlohmann::json& document);

/// One interface of a running container, as it was set up: attachment.endpoint, JSON.
struct Endpoint {
    std::string network_id;
    std::string container_id;
    unsigned slot = 0;                  ///< 0 … 35, unique within the container
    std::string host_link;              ///< the host's end (veth); empty: macvlan, ipvlan
    std::string interface;              ///< inside: "eth0"
    MacAddress mac;
    std::vector<IpPrefix> addresses;    ///< leased, with the subnet's length; one a family and subnet
    std::vector<IpAddress> gateways;    ///< of the default routes; one a family at most
    std::vector<std::string> aliases;   ///< names that the DNS responder gives: name, short ID, --network-alias

    bool leaving = false;               ///< cut off: names no longer lead to it, its addresses are not free yet

    std::optional<IpAddress> first_address(Family family) const;
    bool operator==(const Endpoint&) const = default;
};
nlohmann::json to_json(const Endpoint& endpoint);
Endpoint endpoint_from_json(const nlohmann::json& document);

}  // namespace skiff::network
