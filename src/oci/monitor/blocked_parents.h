#pragma once
/// A PID namespace does not end before all of its processes have been collected by their parents, and the parent of one that was executed in a
/// container is the command outside that attends it (attended.h): one that is stopped, or hangs in a write, holds up the container's end.
/// Source: pid_namespaces(7), "init".

#include <span>

#include "util/process.h"

namespace skiff::oci::monitor {

/// For an `init` that was killed and does not end: SIGKILL for the parents, outside of its PID namespace, of ended processes in that
/// namespace; of those parents that run this program, or are among `known`. Nobody else's are touched.
void kill_blocked_parents(const ProcessIdentity& init, std::span<const ProcessIdentity> known = {});

}  // namespace skiff::oci::monitor
