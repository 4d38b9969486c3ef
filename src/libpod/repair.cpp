#include <algorithm>
#include <optional>

#include "libpod/exec_session.h"
#include "libpod/host_mount.h"
#include "libpod/lifecycle.h"
#include "libpod/network_create.h"
#include "libpod/ports.h"
#include "libpod/update.h"
#include "libpod/volume/step.h"
#include "state/intent.h"
#include "storage/container_storage.h"
#include "storage/layer_store.h"
#include "storage/staging.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

bool is_dead(const state::IntentRow& intent) { return !is_alive(intent.owner); }

void forget(const Runtime& runtime, const state::IntentRow& intent) {
    state::Transaction transaction{runtime.db()};
    state::finish_intent(runtime.db(), intent.seq);
    transaction.commit();
}

/// A dead `init`: if the launcher got as far as a monitor, nobody knows of it; it is undone.
void repair_init(const Runtime& runtime, ContainerRow& row, const state::IntentRow& intent) {
    if (row.state.state != State::Created) undo_init(runtime, row);
    forget(runtime, intent);
}

/// A dead `start`: the runtime knows whether the program runs. It stays running or counts as not started.
void repair_start(const Runtime& runtime, ContainerRow& row, const state::IntentRow& intent) {
    const bool alive = is_alive(row.state.init);
    bool started = !alive;  // an init that is gone was started and has ended; settling finds out how
    if (alive) {
        started = runtime.oci_runtime(oci_runtime_of(row, runtime)).state(row.id).status != oci::Status::Created;
    }
    commit_change(runtime, row, "repair: the command that started it died", [&](ContainerState& state) {
        if (started && state.state == State::Created) {
            state.state = State::Running;
            state.started_at = intent.begun_at;
            ++state.starts;
        }
        state::finish_intent(runtime.db(), intent.seq);
    });
}

void repair_frozen(const Runtime& runtime, ContainerRow& row, const state::IntentRow& intent) {
    record_frozen(runtime, row, intent.seq, concat("repair: ", intent.step, " was cut short"));
}

/// What a dead commit paused runs again.
void repair_commit(const Runtime& runtime, ContainerRow& row, const state::IntentRow& intent) {
    const bool paused = bool_or(parse_json(intent.data, "an intent"), "paused") && is_alive(row.state.init);
    auto& oci = runtime.oci_runtime(oci_runtime_of(row, runtime));
    if (paused && oci.state(row.id).status == oci::Status::Paused) oci.resume(row.id);
    if (paused) record_frozen(runtime, row, intent.seq, "repair: commit was cut short");
    else forget(runtime, intent);
}

void repair_mount(const Runtime& runtime, const ContainerRow& row, const state::IntentRow& intent) {
    repair_host_mount(runtime, row);
    forget(runtime, intent);
}

void repair_cut_update(const Runtime& runtime, const ContainerRow& row, const state::IntentRow& intent) {
    repair_update(runtime, row);
    forget(runtime, intent);
}

/// Whoever died in the first attempt may have left the files half deleted, in staging.
void finish_removal(const Runtime& runtime, ContainerRow& row, std::string_view cause, RemoveVolumes volumes = RemoveVolumes::None) {
    LockedContainer locked{state::FileLock{}, row};
    remove_locked(runtime, locked, cause, volumes);
    storage::sweep_staging(runtime.options().root);
}

/// The volumes that a create made go with what it made; a removal that was cut short was told.
RemoveVolumes volumes_of(const state::IntentRow& intent) {
    const bool all = intent.step == "create" || bool_or(parse_json(intent.data, "an intent"), "volumes");
    return all ? RemoveVolumes::Anonymous : RemoveVolumes::None;
}

bool runs(State state) { return state == State::Running || state == State::Paused || state == State::Stopping; }

/// A dead `restart` of a --rm container: --rm applies again, and at once when the program was not started again.
void repair_restart(const Runtime& runtime, ContainerRow& row, const state::IntentRow& intent) {
    if (!runs(row.state.state)) return finish_removal(runtime, row, "--rm");
    resume_removal(runtime, row.id, intent.seq);
    row.state.removal_due = true;
}

/// A dead `run --rm`: unless its program was started, nobody will ever start it. True when it was removed.
bool repair_run(const Runtime& runtime, ContainerRow& row) {
    if (!runs(row.state.state)) {
        finish_removal(runtime, row, "repair: run was cut short");
        return true;
    }
    state::Transaction transaction{runtime.db()};
    finish_run(runtime, row.id);
    transaction.commit();
    return false;
}

void repair_one(const Runtime& runtime, ContainerRow& row, const state::IntentRow& intent) {
    log::debug(concat("repairing step ", intent.step, " of container ", row.id, ", left by process ", intent.owner.pid));
    if (intent.step == "init") repair_init(runtime, row, intent);
    else if (intent.step == "start") repair_start(runtime, row, intent);
    else if (intent.step == "pause" || intent.step == "unpause") repair_frozen(runtime, row, intent);
    else if (intent.step == "commit") repair_commit(runtime, row, intent);
    else if (intent.step == "mount" || intent.step == "unmount") repair_mount(runtime, row, intent);
    else if (intent.step == "connect" || intent.step == "disconnect") repair_connection(runtime, row, intent);
    else if (intent.step == "update") repair_cut_update(runtime, row, intent);
    else forget(runtime, intent);
}

bool container_is_gone(const Runtime& runtime, const std::string& id) { return !read_container(runtime.db(), id); }

void repair_container_intent(const Runtime& runtime, const state::IntentRow& intent) {
    auto lock = state::FileLock::try_exclusive(runtime.op_lock_path(intent.object_id));
    if (!lock) return;
    auto row = read_container(runtime.db(), intent.object_id);
    if (row) return repair_locked(runtime, *row);
    runtime.container_storage().remove(intent.object_id);  // a create makes it before the rows
    forget_lock(runtime, intent.object_id);
}

/// Whoever died may have left layers that nothing refers to (a load, a removal cut short: their leases and intents say
/// so) and, in the middle of any step, a half-filled or half-emptied directory in staging.
void repair_storage(const Runtime& runtime, const std::vector<state::IntentRow>& dead) {
    const auto of_images = [](const state::IntentRow& intent) { return intent.object_kind == "image" || intent.object_kind == "layer"; };
    const auto global = runtime.step_lock();
    if (std::none_of(dead.begin(), dead.end(), of_images)) {
        storage::sweep_staging(runtime.options().root);
        return;
    }
    runtime.layers().remove_unreferenced();
    state::Transaction transaction{runtime.db()};
    for (const auto& intent : dead) {
        if (of_images(intent)) state::finish_intent(runtime.db(), intent.seq);
    }
    transaction.commit();
}

}  // namespace

void repair_locked(const Runtime& runtime, ContainerRow& row) {
    bool run_was_cut_short = false;
    std::optional<state::IntentRow> dead_restart;
    for (const auto& intent : state::intents_of(runtime.db(), "container", row.id)) {
        if (!is_dead(intent)) continue;
        if (intent.step == "create" || intent.step == "remove") {
            finish_removal(runtime, row, concat("repair: ", intent.step, " was cut short"), volumes_of(intent));
            return;
        }
        // These two last: what the program's start came to must be known first, and a repair may be cut short as well.
        if (intent.step == "run") run_was_cut_short = true;
        else if (intent.step == "restart") dead_restart = intent;
        else repair_one(runtime, row, intent);
    }
    if (run_was_cut_short && repair_run(runtime, row)) return;
    if (dead_restart) repair_restart(runtime, row, *dead_restart);
    else if (row.state.state == State::Removing) finish_removal(runtime, row, "repair: removal was cut short");
}

void repair_dead_steps(const Runtime& runtime) {
    const auto intents = state::all_intents(runtime.db(), /*dead_only=*/true);
    for (const auto& intent : intents) {
        try {
            const auto global = runtime.step_lock();
            if (intent.object_kind == "container") repair_container_intent(runtime, intent);
            else if (intent.object_kind == "exec") repair_exec(runtime, intent);
            else if (intent.object_kind == "network") repair_network(runtime, intent);
            else if (intent.object_kind == "volume") repair_volume(runtime, intent);
        } catch (const Error& error) {
            log::warn(concat("repairing what process ", intent.owner.pid, " left of ", intent.object_kind, " ",
                             intent.object_id.substr(0, 12), ": ", error.what(), ", ignoring"));
        }
    }
    if (!intents.empty()) repair_storage(runtime, intents);
    restore_rules(runtime);
}

LockedContainer lock_container(const Runtime& runtime, const std::string& id, std::chrono::milliseconds timeout) {
    auto lock = state::FileLock::exclusive(runtime.op_lock_path(id), timeout);
    lock.record_owner();
    auto row = read_container(runtime.db(), id);
    if (row) repair_locked(runtime, *row);
    if (!row || container_is_gone(runtime, id)) {
        lock.unlink_and_release();
        throw Error{ErrorKind::NotFound, concat("container ", id.substr(0, 12), " is gone: no such container")};
    }
    return {std::move(lock), std::move(*row)};
}

}  // namespace skiff::libpod
