#pragma once
/// Commands that attend processes in a container (exec_attended.h): none of them, whatever became of it, may hold up the container's end
/// (oci/monitor/blocked_parents.h).

#include <chrono>

#include "libpod/container_row.h"
#include "libpod/runtime.h"

namespace skiff::libpod {

/// SIGCONT for them, when the container is about to end: one that somebody stopped collects its process, and tells its status.
void wake_waiting_commands(const Runtime& runtime, const std::string& container_id);

/// For a container whose init, behind `pidfd`, got SIGKILL: waits for its end, and ends the commands that are in the way. False when init
/// survives it all.
bool wait_for_killed(const Runtime& runtime, const ContainerRow& row, int pidfd, std::chrono::seconds patience);

}  // namespace skiff::libpod
