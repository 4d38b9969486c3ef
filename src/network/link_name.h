#pragma once
/// Names of links as the kernel takes them.

#include <string_view>

namespace skiff::network {

/// 1 to 15 bytes without blanks, slashes, colons and control characters, and not "." or "..". Throws Error{Invalid} naming
/// `what`. Source: dev_valid_name() of the kernel, ip-link(8).
void check_link_name(std::string_view what, std::string_view name);

}  // namespace skiff::network
