#pragma once
/// Health checks: a command inside the container, run like `exec`, whose exit status says how the container is.
///
/// Nobody but the container's monitor counts the time. It knows no more than a file in the run directory that says when the
/// next check is due, and executes skiff for each (probe_for_monitor); a container without a check has no such file.

#include <string>

#include "libpod/container.h"
#include "libpod/health_state.h"

namespace skiff::libpod {

/// Runs the check that is due once, records the result and does what --health-on-failure asks for. Gives back the status
/// that holds then. Throws Error{WrongState} when the container does not run, Error{NotFound} when it has no check.
std::string run_health_check(Container& container);

/// The same for the monitor of container `id`, with the time of the next check. Quiet when the container is gone.
void probe_for_monitor(Runtime& runtime, const std::string& id);

/// Within the transaction that starts the container: status "starting", no results.
void begin_health(const state::Database& db, const ContainerRow& row);
/// After the start, and after a change of the check: tells the monitor to check now, or never again.
void schedule_health(const Runtime& runtime, const ContainerRow& row);

/// "" for a container without a check.
std::string health_status(const Container& container);

}  // namespace skiff::libpod
