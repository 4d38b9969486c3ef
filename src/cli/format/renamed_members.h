#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace skiff::cli::tmpl {

/// The keys that a document's member may have which templates know by the name of its Go field: "cgroupVersion" for
/// "CgroupsVersion", "id" or "Id" for "ID", else the name with a small first letter.
/// Source: podman, the json tags in libpod/define and in containers/common, libnetwork/types.
std::vector<std::string> json_keys(std::string_view field);

}  // namespace skiff::cli::tmpl
