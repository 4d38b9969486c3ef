#pragma once
/// A PID namespace does not end before all of its processes have been collected by their parents, and the parent of one that was executed in a
/// container is the command outside that attends it (attended.h): one that is stopped, or hangs in a write, holds up the container's end.
/// Source: pid_namespaces(7), "init".

#include <span>

#include "util/process.h"

namespace skiff::oci::monitor {

/// When `init` is the first process of a PID namespace and is about to end, but does not: SIGCONT for the parents, outside of that namespace,
/// of processes in it that have ended; SIGKILL a moment later for those that have not collected theirs by then. Only for parents that run this
/// program or are among `known`. True when `init` is about to end. Takes 0.2 s when there is anybody.
bool end_blocked_parents(const ProcessIdentity& init, std::span<const ProcessIdentity> known = {});

}  // namespace skiff::oci::monitor
