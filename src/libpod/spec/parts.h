#pragma once
/// The parts that make_spec() puts together, one source file each.

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/spec/expected.h"
#include "libpod/spec/inputs.h"

namespace skiff::libpod {

/// `process` without user-dependent words of exec. Source: runtime-spec, config.md, Process.
nlohmann::json process_part(const ContainerConfig& config, const SpecInputs& inputs);

/// `mounts`, parents before children. Source: config.md, Mounts.
nlohmann::json mounts_part(const ContainerConfig& config, const SpecInputs& inputs);

/// `linux`. Source: config-linux.md.
nlohmann::json linux_part(const ContainerConfig& config, const SpecInputs& inputs);

/// linux.resources without the device rules; also what update() hands to a running container. Looks up the numbers of
/// throttled devices in /dev. Throws Error{Unsupported} for what the cgroup layout does not have.
nlohmann::json resources_part(const Resources& resources, const HostFacts& host);

bool has_own_user_namespace(const ContainerConfig& config);

}  // namespace skiff::libpod
