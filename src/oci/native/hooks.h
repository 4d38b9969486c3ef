#pragma once
/// Hooks: programs of the host that see the container's life.
///
/// Source: runtime-spec, config.md, POSIX-platform Hooks; runtime.md, State.

#include <string>
#include <vector>

#include "oci/native/spec.h"

namespace skiff::oci::native {

/// Runs them in order, each with the container's state on standard input, in the caller's namespaces. Throws Error at
/// the first that fails or overruns its time.
void run_hooks(const char* stage, const std::vector<Hook>& hooks, const std::string& state);

/// The same for poststart and poststop: a failure is a warning, the rest still run.
void run_late_hooks(const char* stage, const std::vector<Hook>& hooks, const std::string& state);

}  // namespace skiff::oci::native
