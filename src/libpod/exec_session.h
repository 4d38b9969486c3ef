#pragma once
/// Further processes in a running container. Each session is a row that belongs to its monitor, or to the command that waits for the
/// process itself (exec_attended.h), and ends with that.

#include <string>

#include "libpod/container.h"
#include "state/intent.h"

namespace skiff::libpod {

/// Runs it to its end (attached), until the client detaches, or (options.detach) only starts it. `session_id` is set.
RunOutcome run_exec(Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const ExecOptions& options,
                    const AttachStreams& streams, std::string& session_id);

/// The session's row and event, within the caller's transaction.
void record_session(const Runtime& runtime, const ExecRow& session, bool is_probe);

/// The end of one that has no more than a row.
void settle_attended(const Runtime& runtime, const ExecRow& session, int exit_code);

/// Removes a session's row and its directory; absent is fine. What an exec's monitor executes at its end.
void settle_exec_session(const Runtime& runtime, const std::string& container_id, const std::string& session_id);

/// Rows of sessions whose monitor and process are gone.
void sweep_exec_sessions(const Runtime& runtime, const std::string& container_id);

/// An exec whose command died before the monitor took over: its launcher and process are ended, the row goes.
void repair_exec(const Runtime& runtime, const state::IntentRow& intent);

}  // namespace skiff::libpod
