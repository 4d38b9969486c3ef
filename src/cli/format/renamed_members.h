#pragma once
#include <string>
#include <string_view>

namespace skiff::cli::tmpl {

/// The key of a document's member that templates know by the name of its Go field: "cgroupVersion" for
/// "CgroupsVersion", "ipv6_enabled" for "IPv6Enabled", else the name with a small first letter.
/// Source: podman, the json tags in libpod/define and in containers/common, libnetwork/types.
std::string json_key(std::string_view field);

}  // namespace skiff::cli::tmpl
