#pragma once
/// Parts of the OCI configuration that can be told of a container before its first start.

#include <vector>

#include "libpod/container_config.h"
#include "libpod/spec/inputs.h"

namespace skiff::libpod {

/// True when the container gets a cgroup namespace of its own.
bool has_own_cgroup_namespace(const ContainerConfig& config, const HostFacts& host);

/// The resource limits that a start adds to those of the configuration: podman's defaults for what is not said, no higher than the
/// host allows. Source: podman-run(1), --ulimit.
std::vector<Ulimit> default_limits(const ContainerConfig& config, const HostFacts& host);

}  // namespace skiff::libpod
