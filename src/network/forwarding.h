#pragma once
/// Kernel parameters of the host's network namespace that forwarding needs. Written only where they differ, and only when /proc
/// is a procfs: a container engine that is itself confined may be shown anything there.

#include <string>

namespace skiff::network {

/// /proc/sys/net/`name` ("ipv4/ip_forward") becomes `value`. Throws Error{Unsupported} when /proc is no procfs, SystemError.
void set_network_parameter(const std::string& name, const std::string& value);
/// Without the newline; empty when the kernel has no such parameter.
std::string network_parameter(const std::string& name);

/// IPv4, or IPv6, is forwarded. A link that takes its addresses from router advertisements goes on doing so (accept_ra 2): the
/// kernel would stop listening to them on a host that forwards. Source: Documentation/networking/ip-sysctl.rst.
void forward_ipv4();
void forward_ipv6();

/// The bridge delivers packets of 127.0.0.0/8: answers to what the host asked of 127.0.0.1.
void allow_loopback_routing(const std::string& link);

/// The bridge port `link` gets back what it sent to itself. Source: linux/if_link.h, IFLA_BRPORT_MODE; bridge(8), hairpin.
void reflect_on(const std::string& link);

}  // namespace skiff::network
