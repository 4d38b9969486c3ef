#pragma once
/// Capability sets of a container's processes. Source: capabilities(7); podman-run(1), --cap-add, --privileged.

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/spec/inputs.h"

namespace skiff::libpod {

/// The bounding set: the defaults, less cap_drop, with cap_add; all that the host can give when privileged. Sorted by name.
/// Throws Error{Unsupported} for an added capability that the host cannot give, Error{Invalid} for one both added and dropped.
std::vector<std::string> bounding_capabilities(const ContainerConfig& config, const HostFacts& host);

/// What a user other than root holds: only what --cap-add names. Such capabilities must be ambient to survive execve, and
/// the kernel wants ambient ones inheritable; everywhere else the inheritable set stays empty (CVE-2022-24769).
std::vector<std::string> added_capabilities(const ContainerConfig& config, const HostFacts& host);

/// process.capabilities for user `uid`.
nlohmann::json capability_sets(const std::vector<std::string>& bounding, const std::vector<std::string>& of_user, uid_t uid);

/// Every capability that the host's bounding set has, by name. Sorted.
std::vector<std::string> host_capabilities(const HostFacts& host);

}  // namespace skiff::libpod
