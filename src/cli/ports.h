#pragma once
/// Published ports as commands print them.

#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "util/json.h"

namespace skiff::cli {

/// ps: one object a mapping, null when there are none.
OrderedJson ps_ports(const std::vector<network::PortMapping>& published);
/// ps: {"80": ["tcp", "udp"]}, null when there are none. `exposed`: "80/tcp".
OrderedJson ps_exposed_ports(const std::vector<std::string>& exposed);
/// The PORTS column, from what ps_ports() and ps_exposed_ports() gave.
std::string ports_text(const OrderedJson& ports, const OrderedJson& exposed);

/// inspect: {"80/tcp": [{"HostIp": …, "HostPort": …}]}; with `exposed` also {"443/tcp": null}.
OrderedJson port_bindings(const libpod::ContainerConfig& config, bool with_exposed);
/// inspect: {"80/tcp": {}, "443/tcp": {}}, published and exposed ones.
OrderedJson exposed_ports(const libpod::ContainerConfig& config);

/// One port of the container and where it is published: a line of `port`.
struct PortLine {
    std::string container;  ///< "80/tcp"
    std::string host;       ///< "0.0.0.0:8080", "[::1]:8080"
};
/// By port.
std::vector<PortLine> port_lines(const libpod::ContainerConfig& config);

}  // namespace skiff::cli
