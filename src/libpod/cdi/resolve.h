#pragma once
/// From the CDI devices that a container asks for to what its OCI configuration gets.

#include <nlohmann/json_fwd.hpp>

#include "libpod/integration.h"

namespace skiff::libpod::cdi {

/// Throws Error{NotFound} naming devices that no specification has, with those files that could not be read; Error{Invalid} where two
/// files of one directory have the same.
void require_devices(const CdiRequest& request);

/// Edits `spec`: environment, devices and their cgroup rules, mounts, hooks, groups; those of a specification once, before its
/// devices'. Throws as require_devices(), and Error{NotFound} for a device node that the host does not have.
void apply(const CdiRequest& request, nlohmann::json& spec);

}  // namespace skiff::libpod::cdi
