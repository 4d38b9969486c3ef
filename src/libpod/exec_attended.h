#pragma once
/// An exec whose command waits for the process itself, without a launcher and a monitor: about half the time of one with them. Nothing of it
/// is on disk but the row, whose monitor is the command.

#include "libpod/container.h"

namespace skiff::libpod {

/// Nobody can detach from such a process, and the embedded runtime makes it.
bool can_attend(const ExecOptions& options, const AttachStreams& streams, const std::string& oci_runtime);

/// Runs it to its end. `session` has an ID, no processes and no row yet; the caller ends the session when this throws.
RunOutcome run_attended(Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const ExecOptions& options,
                        const AttachStreams& streams, ExecRow session);

}  // namespace skiff::libpod
