#include <signal.h>

#include <algorithm>

#include "libpod/container.h"
#include "libpod/lifecycle.h"
#include "libpod/restart_policy.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/log.h"
#include "util/signals.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// Marks the stop in one transaction, without the operation lock: a stop must work while another command holds it.
/// False when there is nothing to stop.
bool mark_stopping(const Runtime& runtime, ContainerRow& row) {
    bool running = false;
    commit_change(runtime, row, "stop", [&](ContainerState& state) {
        state.stopped_by_user = true;
        running = state.state == State::Running || state.state == State::Paused || state.state == State::Stopping ||
                  state.state == State::Created;
        if (running) state.state = transition_for(Operation::Stop, state.state, {}, row.name).to;
        if (state.state == State::Stopped) state.details = without_restart(state.details);
    });
    return running;
}

/// A frozen process gets no signal.
void thaw(const Runtime& runtime, const ContainerRow& row) {
    try {
        runtime.oci_runtime(oci_runtime_of(row, runtime)).resume(row.id);
    } catch (const Error& error) {
        log::debug(concat("thawing container ", row.id, ": ", error.what(), ", ignoring"));
    }
}

void kill_hard(const Runtime& runtime, const ContainerRow& row, int pidfd) {
    if (!send_signal(pidfd, SIGKILL)) return;
    if (wait_for_exit(pidfd, std::chrono::seconds{5})) return;
    runtime.oci_runtime(oci_runtime_of(row, runtime)).kill(row.id, SIGKILL, /*all=*/true);
    if (!wait_for_exit(pidfd, std::chrono::seconds{5})) {
        throw Error{ErrorKind::Timeout, concat("stopping container ", quote(row.name), ": process ", row.state.init.pid, " survives SIGKILL"),
                    "it may hang in the kernel: see /proc/PID/stack"};
    }
}

}  // namespace

bool Container::stop(std::optional<std::chrono::seconds> timeout) {
    refresh();
    const State before = row_.state.state;
    if (before == State::Configured) return false;
    if (!mark_stopping(*runtime_, row_)) return false;
    fault_point("stop:marked");
    const auto grace = timeout.value_or(std::chrono::seconds{config().stop_timeout_s});
    if (const UniqueFd pidfd = open_pidfd(row_.state.init)) {
        if (before == State::Paused) thaw(*runtime_, row_);
        const bool started = before != State::Created && grace.count() > 0;
        const bool ended = started && (!send_signal(pidfd.get(), config().stop_signal) || wait_for_exit(pidfd.get(), grace));
        if (started && !ended) {
            log::warn(concat("StopSignal ", signal_name(config().stop_signal), " failed to stop container ", row_.name, " in ",
                             grace.count(), " seconds, resorting to SIGKILL"));
        }
        if (!ended) kill_hard(*runtime_, row_, pidfd.get());
    }
    fault_point("stop:ended");
    settle_stopped();
    return true;
}

/// The monitor settles too; whoever comes first does it, and both see the same result.
void Container::settle_stopped() {
    try {
        auto locked = lock_container(*runtime_, row_.id, std::chrono::seconds{60});
        const auto global = runtime_->step_lock();
        settle_locked(*runtime_, locked.row, {});
        row_ = locked.row;
        if (row_.state.removal_due && row_.state.state == State::Stopped) remove_locked(*runtime_, locked, "--rm");
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) throw;
        row_.state.state = State::Removing;
    }
}

void Container::kill(int signal) {
    refresh();
    const State state = row_.state.state;
    const bool possible = state == State::Running || state == State::Paused || state == State::Stopping || state == State::Created;
    const UniqueFd pidfd = possible ? open_pidfd(row_.state.init) : UniqueFd{};
    if (!pidfd) {
        throw Error{ErrorKind::WrongState, concat("cannot kill container ", quote(row_.name), ": it is ", shown_state(state),
                                                  ", can only kill running containers")};
    }
    send_signal(pidfd.get(), signal);
    if (signal == SIGKILL && state == State::Paused) thaw(*runtime_, row_);
    if (signal == SIGKILL && wait_for_exit(pidfd.get(), std::chrono::seconds{5})) settle_stopped();
}

void Container::restart(std::optional<std::chrono::seconds> timeout) {
    const bool rm = row_.state.removal_due;
    if (rm) {
        state::Transaction transaction{runtime_->db()};
        runtime_->db().prepare("UPDATE container_state SET removal_due = 0 WHERE id = ?").bind(row_.id).run();
        transaction.commit();
    }
    stop(timeout);
    start();
    if (rm) commit_change(*runtime_, row_, {}, [](ContainerState& state) { state.removal_due = true; });
}

}  // namespace skiff::libpod
