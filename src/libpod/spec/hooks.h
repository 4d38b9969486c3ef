#pragma once
/// OCI hooks that the host's administrator has for every container that fits: one JSON file each, in directories.
/// Source: oci-hooks(5), "1.0.0 Hook Schema".

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <vector>

#include "libpod/container_config.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// Adds the hooks of *.json in `directories` that fit `config` to `spec`, in the order of the files' names; a file in a later
/// directory replaces one of the same name. Absent directories are passed over. Throws Error{Invalid} naming the file that is no hook.
void add_hooks(nlohmann::json& spec, const ContainerConfig& config, const std::vector<fs::path>& directories);

}  // namespace skiff::libpod
