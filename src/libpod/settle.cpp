#include <poll.h>

#include <algorithm>
#include <thread>

#include "libpod/lifecycle.h"
#include "libpod/network_setup.h"
#include "libpod/restart_policy.h"
#include "libpod/volume/step.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using oci::monitor::ExitFile;
using oci::monitor::read_exit_file;

bool has_process(State state) {
    switch (state) {
        case State::Created:
        case State::Running:
        case State::Paused:
        case State::Stopping:
        case State::Unknown: return true;
        case State::Configured:
        case State::Stopped:
        case State::Removing: return false;
    }
    return false;
}

/// What the monitor wrote. A monitor that still lives is about to write: waited for until it does or dies.
std::optional<ExitFile> exit_of(const Runtime& runtime, const ContainerRow& row) {
    const fs::path run_dir = runtime.run_dir(row.id);
    for (int attempt = 0; attempt < 1000; ++attempt) {
        if (auto exit = read_exit_file(run_dir)) return exit;
        const UniqueFd monitor = open_pidfd(row.state.monitor);
        if (!monitor) return read_exit_file(run_dir);
        wait_for_exit(monitor.get(), std::chrono::milliseconds{std::min(attempt + 1, 10)});
    }
    return read_exit_file(run_dir);
}

/// Shown when both init and monitor are gone without a word.
ExitFile lost_exit() { return {.code = 137, .signal = 0, .oom_killed = false, .at = now_nanos()}; }

std::string settled_details(const std::string& details, bool lost, bool restart_due) {
    Json document = parse_json(details, "container details");
    if (lost) document["error"] = "monitor lost";
    if (restart_due) document["restart_due"] = true;
    return dump(document);
}

std::string exit_cause(const ExitFile& exit, bool lost) {
    if (lost) return "exited: monitor lost, code unknown";
    if (exit.oom_killed) return concat("exited ", exit.code, ": out of memory");
    if (oci::monitor::is_timed_out(exit)) return concat("exited ", exit.code, ": --timeout");
    if (exit.signal != 0) return concat("exited ", exit.code, ": ended by signal ", exit.signal);
    return concat("exited ", exit.code);
}

ContainerConfig config_of(const ContainerRow& row) { return read_config(row.config); }

/// Waits the policy's pause without any lock, then starts again unless somebody acted meanwhile.
void restart_by_policy(Runtime& runtime, const std::string& id, const ContainerRow& settled) {
    std::this_thread::sleep_for(restart_pause(settled.state));
    auto locked = lock_container(runtime, id, std::chrono::seconds{60});
    if (locked.row.state.state != State::Stopped || locked.row.state.starts != settled.state.starts ||
        !is_restart_due(locked.row.state)) {
        return;
    }
    const auto global = runtime.step_lock();
    const ContainerConfig config = config_of(locked.row);
    const auto intent = init_to_start_locked(runtime, locked.row, config, "restart policy");
    commit_change(runtime, locked.row, {}, [](ContainerState& state) { ++state.restarts; });
    start_locked(runtime, locked.row, {.cause = "restart policy", .intent = intent});
}

/// What follows an end. RemoveReleaseLast: what the OCI runtime keeps goes last of all, for the monitor is still at it (init.cpp).
enum class AfterEnd { Rest, RemoveIfDue, RemoveReleaseLast };

/// The removal that follows an end. Whether it is due is the row's to say: a restart may have suspended it meanwhile.
ChangeStep removal_after_end(const Runtime& runtime, const std::string& id) {
    return {"--rm", [&runtime, id](ContainerState& state) {
                if (!state.removal_due || state.state != State::Stopped) return;
                state.state = State::Removing;
                state::begin_intent(runtime.db(), "container", id, "remove", R"({"volumes":true})");
            }};
}

bool may_be_removed(const Runtime& runtime, const ContainerRow& row) {
    try {
        refuse_while_needed(runtime, row);
        return true;
    } catch (const Error&) {
        return false;
    }
}

AfterEnd after_end(const Runtime& runtime, const ContainerRow& row, LastMonitor monitor) {
    if (!row.state.removal_due || !may_be_removed(runtime, row)) return AfterEnd::Rest;
    const bool may_wait = monitor == LastMonitor::Goes && runtime.oci_runtime(oci_runtime_of(row, runtime)).ends_with_init(row.id);
    return may_wait ? AfterEnd::RemoveReleaseLast : AfterEnd::RemoveIfDue;
}

void settle_end(const Runtime& runtime, ContainerRow& row, std::string_view cause, AfterEnd after);

}  // namespace

void release_runtime(const Runtime& runtime, const ContainerRow& row) {
    try {
        runtime.oci_runtime(oci_runtime_of(row, runtime)).remove(row.id, /*force=*/true);
    } catch (const Error& error) {
        log::debug(concat("removing what the OCI runtime keeps of ", row.id, ": ", error.what(), ", ignoring"));
    }
}

bool needs_settling(const ContainerRow& row) { return has_process(row.state.state) && !is_alive(row.state.init); }

void settle_locked(const Runtime& runtime, ContainerRow& row, std::string_view cause) { settle_end(runtime, row, cause, AfterEnd::Rest); }

void settle_and_remove_locked(const Runtime& runtime, LockedContainer& locked, std::string_view cause, LastMonitor monitor) {
    const ContainerRow& row = locked.row;
    settle_end(runtime, locked.row, cause, after_end(runtime, row, monitor));
    if (row.state.state == State::Removing) remove_settled_locked(runtime, locked, monitor);
    else if (row.state.removal_due && row.state.state == State::Stopped) remove_locked(runtime, locked, "--rm");
}

namespace {

void settle_end(const Runtime& runtime, ContainerRow& row, std::string_view cause, AfterEnd after) {
    if (!needs_settling(row)) return;
    const State next = transition_for(Operation::Exit, row.state.state, {.init_alive = false}, row.name).to;
    const auto found = exit_of(runtime, row);
    const ExitFile exit = found.value_or(lost_exit());
    fault_point("settle:exit-known");
    if (after != AfterEnd::RemoveReleaseLast) release_runtime(runtime, row);
    detach_networks(runtime, row.id);
    fault_point("settle:released");
    const std::string why = cause.empty() ? exit_cause(exit, !found) : concat(exit_cause(exit, !found), " (", cause, ")");
    std::vector<std::string> volumes;
    std::vector<ChangeStep> steps;
    steps.push_back({why, [&](ContainerState& state) {
        volumes = volumes_to_release(runtime, row.id);
        const bool never_started = state.state == State::Created;
        state.state = next;
        state.init = {};
        state.monitor = {};
        state.exit_code = exit.code;
        state.oom_killed = exit.oom_killed;
        state.finished_at = exit.at;
        // The policy of one that is removed does not matter: its configuration need not be read.
        const bool due = !never_started && !state.removal_due && restart_wanted(config_of(row).restart, state);
        state.details = settled_details(state.details, !found, due);
        runtime.db().prepare("DELETE FROM exec_session WHERE container_id = ?").bind(row.id).run();
    }});
    if (after != AfterEnd::Rest) steps.push_back(removal_after_end(runtime, row.id));
    commit_changes(runtime, row, steps);
    fault_point("settle:recorded");
    if (after == AfterEnd::RemoveReleaseLast && row.state.state != State::Removing) release_runtime(runtime, row);
    settle_volumes(runtime, volumes);
}

}  // namespace

bool try_settle(const Runtime& runtime, const std::string& id) {
    auto lock = state::FileLock::try_exclusive(runtime.op_lock_path(id));
    if (!lock) return false;
    auto row = read_container(runtime.db(), id);
    if (!row) lock->unlink_and_release();  // removed since; taking the lock made its file anew
    if (!row || !needs_settling(*row)) return false;
    try {
        const auto global = runtime.step_lock();
        repair_locked(runtime, *row);
        LockedContainer locked{std::move(*lock), std::move(*row)};
        settle_and_remove_locked(runtime, locked, "found by another command");
        return true;
    } catch (const Error& error) {
        log::debug(concat("settling container ", id, ": ", error.what(), ", ignoring"));
        return false;
    }
}

void settle_after_exit(Runtime& runtime, const std::string& id) {
    std::optional<LockedContainer> locked;
    try {
        locked = lock_container(runtime, id, std::chrono::hours{24});
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::NotFound) return;
        throw;
    }
    {
        const auto global = runtime.step_lock();
        settle_and_remove_locked(runtime, *locked, {});
    }
    const ContainerRow settled = locked->row;
    locked.reset();
    if (settled.state.state == State::Stopped && is_restart_due(settled.state)) restart_by_policy(runtime, id, settled);
}

void show_derived_state(const Runtime& runtime, ContainerRow& row) {
    if (!needs_settling(row)) return;
    const auto found = read_exit_file(runtime.run_dir(row.id));
    // Not told yet is not lost: the monitor is about to write, or somebody is settling.
    if (!found && (is_alive(row.state.monitor) || state::is_locked(runtime.op_lock_path(row.id)))) return;
    const auto exit = found.value_or(lost_exit());
    row.state.state = State::Stopped;
    row.state.exit_code = exit.code;
    row.state.finished_at = exit.at;
    row.state.oom_killed = exit.oom_killed;
    row.state.init = {};
}

void revive_monitor(const Runtime& runtime, ContainerRow& row) {
    if (!has_process(row.state.state) || !is_alive(row.state.init) || is_alive(row.state.monitor)) return;
    const ProcessIdentity successor = oci::monitor::start_successor(runtime.run_dir(row.id));
    commit_change(runtime, row, {}, [&](ContainerState& state) { state.monitor = successor; });
    record_transition(runtime.db(), row.id, row.state.state, row.state.state, "monitor lost: a successor was started");
}

}  // namespace skiff::libpod
