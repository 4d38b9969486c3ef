#pragma once
/// --restart: when a container is started again by itself, and how long to wait before.

#include <chrono>
#include <string>

#include "libpod/config_types.h"
#include "libpod/container_row.h"

namespace skiff::libpod {

/// For a container that has just ended (exit code and stopped_by_user are set).
bool restart_wanted(const RestartPolicy& policy, const ContainerState& ended);
/// What restart_wanted() said at the time, as recorded in the state's details.
bool is_restart_due(const ContainerState& state);
/// `details` without that: the user stopped it.
std::string without_restart(const std::string& details);
/// 0.1 s, doubled with each restart in a row up to a minute; a run of ten seconds or more starts over.
std::chrono::milliseconds restart_pause(const ContainerState& state);

}  // namespace skiff::libpod
