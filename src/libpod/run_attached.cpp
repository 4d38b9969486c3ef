#include <signal.h>

#include "libpod/container.h"
#include "libpod/container_events.h"
#include "libpod/lifecycle.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using oci::monitor::AttachOptions;
using oci::monitor::AttachResult;
using oci::monitor::AttachSession;

AttachOptions attach_options(const AttachStreams& streams, bool promise_settle) {
    return {.stdin_fd = streams.in,
            .stdout_fd = streams.out,
            .stderr_fd = streams.err,
            .detach_keys = streams.detach_keys,
            .sig_proxy = streams.sig_proxy,
            .promise_settle = promise_settle};
}

/// Records the end, and removes when due, so that the next command of a script finds it done.
void settle_now(Runtime& runtime, const std::string& id, LastMonitor monitor) {
    try {
        auto locked = lock_container(runtime, id, std::chrono::seconds{60});
        const auto global = runtime.step_lock();
        settle_and_remove_locked(runtime, locked, {}, monitor);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) throw;  // the monitor, or somebody's rm, was faster
    }
}

/// What the container's end was, when the monitor could not say.
int recorded_exit_code(Runtime& runtime, const std::string& id) {
    if (const auto row = read_container(runtime.db(), id)) return row->state.exit_code;
    const auto record = find_exit_record(runtime.db(), id);
    return record ? record->exit_code : 137;
}

RunOutcome outcome_of(Runtime& runtime, const std::string& id, const AttachResult& result) {
    if (result.detached) return {.detached = true, .exit_code = 0};
    if (result.output_closed) return {.detached = true, .exit_code = 128 + SIGPIPE};
    settle_now(runtime, id, result.exit && !result.monitor_lost ? LastMonitor::Goes : LastMonitor::Ended);
    return {.detached = false, .exit_code = result.exit ? result.exit->code : recorded_exit_code(runtime, id)};
}

}  // namespace

RunOutcome Container::start_attached(const AttachStreams& streams) {
    start_required();
    if (config().log.driver.starts_with("passthrough")) return start_passed_through();
    const bool restarts = config().restart.kind != RestartKind::No;
    std::optional<AttachSession> session;
    {
        auto locked = lock_container(*runtime_, row_.id, std::chrono::seconds{60});
        const auto global = runtime_->step_lock();
        settle_locked(*runtime_, locked.row, "found by start");
        row_ = locked.row;
        StartStep step{.cause = "start", .companion = "attach"};
        if (row_.state.state != State::Created && row_.state.state != State::Running) {
            step.intent = init_to_start_locked(*runtime_, row_, config(), "init", config().terminal ? MonitorImage::Fresh : MonitorImage::Forked);
        }
        session.emplace(runtime_->run_dir(row_.id), attach_options(streams, /*promise_settle=*/!restarts));
        if (row_.state.state == State::Created) start_locked(*runtime_, row_, step);
    }
    if (row_.state.removal_due) compile_removal(runtime_->db());  // while the program runs
    const AttachResult result = session->run(row_.state.init);
    const RunOutcome outcome = outcome_of(*runtime_, row_.id, result);
    if (!outcome.detached) session->settled();
    return outcome;
}

/// The container has the client's own descriptors: there is nothing to relay, only an end to wait for.
RunOutcome Container::start_passed_through() {
    start();
    const int code = wait({WaitCondition::Stopped}, std::chrono::milliseconds{100});
    return {.detached = false, .exit_code = code};
}

RunOutcome Container::attach(const AttachStreams& streams) {
    refresh();
    if (row_.state.state != State::Created && row_.state.state != State::Running && row_.state.state != State::Paused) {
        throw Error{ErrorKind::WrongState, concat("cannot attach to container ", quote(row_.name), ": it is ", shown_state(row_.state.state)),
                    "you can only attach to running containers"};
    }
    {
        auto locked = lock_container(*runtime_, row_.id, std::chrono::seconds{60});
        const auto global = runtime_->step_lock();
        revive_monitor(*runtime_, locked.row);
        record_container_event(runtime_->db(), row_.id, "attach");
        row_ = locked.row;
    }
    AttachSession session{runtime_->run_dir(row_.id), attach_options(streams, /*promise_settle=*/false)};
    return outcome_of(*runtime_, row_.id, session.run(row_.state.init));
}

}  // namespace skiff::libpod
