#include <signal.h>

#include <algorithm>

#include "libpod/boot.h"
#include "libpod/container.h"
#include "libpod/container_events.h"
#include "libpod/lifecycle.h"
#include "libpod/restart_policy.h"
#include "libpod/waiting_commands.h"
#include "state/intent.h"
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
        if (state.state == State::Stopped) state.details = without_interruption(without_restart(state.details));
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
    if (wait_for_killed(runtime, row, pidfd, std::chrono::seconds{5})) return;
    runtime.oci_runtime(oci_runtime_of(row, runtime)).kill(row.id, SIGKILL, /*all=*/true);
    if (!wait_for_exit(pidfd, std::chrono::seconds{5})) {
        throw Error{ErrorKind::Timeout, concat("stopping container ", quote(row.name), ": process ", row.state.init.pid, " survives SIGKILL"),
                    "it may hang in the kernel: see /proc/PID/stack"};
    }
}

}  // namespace

bool Container::stop(std::optional<std::chrono::seconds> timeout) {
    const auto ending = begin_stop(timeout);
    if (ending) finish_stop(*ending);
    return ending.has_value();
}

std::optional<EndingProcess> Container::begin_stop(std::optional<std::chrono::seconds> timeout) {
    refresh();
    const State before = row_.state.state;
    if (before == State::Configured || !mark_stopping(*runtime_, row_)) return std::nullopt;
    fault_point("stop:marked");
    const auto grace = timeout.value_or(std::chrono::seconds{config().stop_timeout_s});
    EndingProcess ending{.pidfd = open_pidfd(row_.state.init), .patience = std::chrono::steady_clock::now() + grace, .grace = grace};
    if (!ending.pidfd) return ending;
    if (before == State::Paused) thaw(*runtime_, row_);
    if (before == State::Created) ending.grace = {};
    send_signal(ending.pidfd.get(), ending.grace.count() > 0 ? config().stop_signal : SIGKILL);
    wake_waiting_commands(*runtime_, row_.id);
    return ending;
}

void Container::finish_stop(const EndingProcess& ending) {
    const auto ends_in_time = [&] {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(ending.patience - std::chrono::steady_clock::now());
        return ending.grace.count() > 0 && wait_for_exit(ending.pidfd.get(), std::max(left, std::chrono::milliseconds{0}));
    };
    if (ending.pidfd && !ends_in_time()) {
        if (ending.grace.count() > 0) {
            log::warn(concat("StopSignal ", signal_name(config().stop_signal), " failed to stop container ", row_.name, " in ",
                             ending.grace.count(), " seconds, resorting to SIGKILL"));
        }
        kill_hard(*runtime_, row_, ending.pidfd.get());
    }
    fault_point("stop:ended");
    settle_stopped();
    record_container_event(runtime_->db(), row_.id, "stop");
}

/// The monitor settles too; whoever comes first does it, and both see the same result.
void Container::settle_stopped() {
    try {
        auto locked = lock_container(*runtime_, row_.id, kLockTimeout);
        const auto global = runtime_->step_lock();
        settle_and_remove_locked(*runtime_, locked, {});
        row_ = locked.row;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) throw;
        row_.state.state = State::Removing;
    }
}

void Container::kill(int signal) {
    const EndingProcess ending = begin_kill(signal);
    if (signal == SIGKILL) finish_kill(ending);
}

EndingProcess Container::begin_kill(int signal) {
    refresh();
    const State state = row_.state.state;
    const bool possible = state == State::Running || state == State::Paused || state == State::Stopping || state == State::Created;
    EndingProcess ending{.pidfd = possible ? open_pidfd(row_.state.init) : UniqueFd{}};
    if (!ending.pidfd) {
        throw Error{ErrorKind::WrongState, concat("cannot kill container ", quote(row_.name), ": it is ", shown_state(state),
                                                  ", can only kill running containers")};
    }
    // First: its end may be settled, and told of, at once.
    record_container_event(runtime_->db(), row_.id, "kill", concat(R"({"signal":)", signal, "}"));
    send_signal(ending.pidfd.get(), signal);
    if (signal == SIGKILL && state == State::Paused) thaw(*runtime_, row_);
    if (signal == SIGKILL) wake_waiting_commands(*runtime_, row_.id);
    return ending;
}

void Container::finish_kill(const EndingProcess& ending) {
    if (wait_for_killed(*runtime_, row_, ending.pidfd.get(), std::chrono::seconds{5})) settle_stopped();
}

void resume_removal(const Runtime& runtime, const std::string& id, std::int64_t intent) {
    state::Transaction transaction{runtime.db()};
    runtime.db().prepare("UPDATE container_state SET removal_due = 1 WHERE id = ?").bind(id).run();
    state::finish_intent(runtime.db(), intent);
    transaction.commit();
}

namespace {

/// The stop of a restart is not the end that --rm waits for. The intent has it come back if we die.
std::int64_t suspend_removal(const Runtime& runtime, const std::string& id) {
    state::Transaction transaction{runtime.db()};
    const auto intent = state::begin_intent(runtime.db(), "container", id, "restart");
    runtime.db().prepare("UPDATE container_state SET removal_due = 0 WHERE id = ?").bind(id).run();
    transaction.commit();
    fault_point("intent:restart");
    return intent;
}

}  // namespace

void Container::restart(std::optional<std::chrono::seconds> timeout) {
    std::optional<std::int64_t> suspended;
    if (row_.state.removal_due) suspended = suspend_removal(*runtime_, row_.id);
    stop(timeout);
    fault_point("restart:stopped");
    start();  // when this fails, the next command finds the intent, and --rm holds
    record_container_event(runtime_->db(), row_.id, "restart");
    if (suspended) resume_removal(*runtime_, row_.id, *suspended);
}

}  // namespace skiff::libpod
