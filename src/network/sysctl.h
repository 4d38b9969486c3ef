#pragma once
/// Kernel parameters of the network namespace that the caller is in.

#include <string_view>

namespace skiff::network {

/// `name` below /proc/sys/net ("ipv4/ip_forward"); written only when it has another value. False when the kernel has no such
/// parameter (a build without IPv6). Throws SystemError.
bool set_sysctl(std::string_view name, std::string_view value);

/// IPv6 is built in and not switched off.
bool kernel_has_ipv6();

}  // namespace skiff::network
