#pragma once
/// Names of CDI devices on the command line. Source: CNCF Container Device Interface specification, "Kind" and "Name";
/// podman-run(1), --device and --gpus.

#include <string>
#include <string_view>
#include <vector>

namespace skiff::libpod {

/// "VENDOR/CLASS=NAME". A device's path begins with a slash and is none.
bool is_cdi_name(std::string_view value);
/// "VENDOR/CLASS", as a specification's kind.
bool is_cdi_kind(std::string_view value);

/// --gpus: "all", "0,1", "device=0,GPU-…", "count=all" to nvidia.com/gpu=…. A plain number is an index, as with podman; docker counts.
/// Throws Error{Invalid} or {Unsupported}.
std::vector<std::string> cdi_names_of_gpus(std::string_view value);

}  // namespace skiff::libpod
