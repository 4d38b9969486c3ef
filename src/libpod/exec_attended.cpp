#include "libpod/exec_attended.h"

#include <unistd.h>

#include "libpod/exec_process.h"
#include "libpod/exec_session.h"
#include "libpod/lifecycle.h"
#include "libpod/runtime_choice.h"
#include "oci/monitor/attended.h"
#include "state/sqlite_memory.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// The row belongs to this process, and is swept when that is gone: there is nothing that an intent would have to undo. A configuration that
/// cannot be read is met now: the program has not started.
void record_attended(const Runtime& runtime, ExecRow& session, pid_t pid) {
    static_cast<void>(runtime.engine_config());  // for the mirror of the events
    session.process = identity_of(pid);
    session.monitor = identity_of_self();
    state::Transaction transaction{runtime.db()};
    record_session(runtime, session, /*is_probe=*/false);
    transaction.commit();
    fault_point("exec:recorded");
}

/// While the program runs. What fails here fails at the end once more.
void prepare_end(const Runtime& runtime) {
    try {
        compile_exec_deletion(runtime.db());
    } catch (const Error& error) {
        log::debug(concat("preparing the end of a session: ", error.what(), ", ignoring"));
    }
}

/// The status is the program's, whatever becomes of the row: the next command sweeps it.
void record_end(const Runtime& runtime, const ExecRow& session, int exit_code) {
    try {
        settle_attended(runtime, session, exit_code);
    } catch (const Error& error) {
        log::warn(concat("recording the end of exec session ", session.id, ": ", error.what()));
    }
}

}  // namespace

bool can_attend(const ExecOptions& options, const AttachStreams& streams, const std::string& oci_runtime) {
    const bool typed_to = streams.in >= 0 && ::isatty(streams.in) == 1;  // the detach keys may come
    return !options.detach && !options.terminal && !typed_to && !options.timeout && !options.is_probe && is_embedded(oci_runtime);
}

RunOutcome run_attended(Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const ExecOptions& options,
                        const AttachStreams& streams, ExecRow session) {
    const AskedProcess asked = asked_process(runtime, row, config, options);
    const ResolvedUser user = user_of(row, asked);
    const Json process = make_exec_process(config, user, probe_host(), asked.exec);
    oci::monitor::AttendedProcess attended{streams.in, streams.out, streams.err, streams.sig_proxy};
    attended.give_to(user.uid, user.gid);
    oci::ExecRequest request;
    request.id = row.id;
    request.process = &process;
    request.stdio = {attended.in(), attended.out(), attended.err()};
    request.preserve_fds = options.preserve_fds;
    request.ends_with_caller = true;
    if (options.has_session) request.born = [&](pid_t pid) { record_attended(runtime, session, pid); };
    fault_point("exec:create");
    oci::OciRuntime& oci_runtime = runtime.oci_runtime(oci_runtime_of(row, runtime));
    const auto execute = [&] {
        const state::ForkWithoutDatabase guard;
        return ChildProcess{oci_runtime.exec(request)};
    };
    ChildProcess child = execute();
    if (options.has_session) prepare_end(runtime);
    const ExitStatus status = attended.run(std::move(child));
    if (options.has_session) record_end(runtime, session, status.code);
    return {.exit_code = status.code};
}

}  // namespace skiff::libpod
