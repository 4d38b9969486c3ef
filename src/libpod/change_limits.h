#pragma once
/// New limits over those that a container has: update and container clone.

#include "libpod/parse/values.h"

namespace skiff::libpod {

/// What `flags` say, checked against what they do not say and `limits` does. Throws as parse_resources().
Resources parse_changes(const ResourceFlags& flags, const Resources& limits);
/// Puts `changes` over `limits`; what they do not name stays.
void change_limits(Resources& limits, const Resources& changes);
/// Of `limits`, what has to be told a running container's cgroup after `changes`: those, and what belongs to them.
Resources limits_to_apply(const Resources& limits, const Resources& changes);

}  // namespace skiff::libpod
