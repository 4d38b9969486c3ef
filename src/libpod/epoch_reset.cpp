#include "libpod/epoch_reset.h"

#include "libpod/boot.h"
#include "libpod/container_row.h"
#include "network/ports.h"
#include "network/store.h"
#include "state/epoch.h"
#include "state/event.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// RUNROOT may be a directory that holds other things too: only what skiff names is removed.
void empty_runroot(const fs::path& runroot) {
    const UniqueFd dir = open_directory(runroot);
    for (const auto& name : list_directory(dir.get())) {
        const bool ours = (name.size() == 64 && is_hex(name)) || name == "locks" || name == "oci";
        if (ours) remove_tree_at(dir.get(), name);
    }
    const UniqueFd locks = make_directory_at(dir.get(), "locks", 0700);
}

void reset_states(const state::Database& db) {
    for (auto& row : read_all_containers(db)) {
        const State from = row.state.state;
        const State to = transition_for(Operation::Reboot, from, {}, row.name).to;
        if (from == to) continue;
        row.state.state = to;
        row.state.init = {};
        row.state.monitor = {};
        if (row.state.finished_at < row.state.started_at) row.state.finished_at = now_nanos();
        if (from == State::Running || from == State::Paused) row.state.details = with_interruption(row.state.details);
        write_state(db, row.id, row.state);
        record_transition(db, row.id, from, to, "reboot: a new epoch began");
    }
    db.execute("DELETE FROM exec_session");
    db.execute("UPDATE volume SET mount_count = 0 WHERE mount_count <> 0");
}

/// What the old epoch's processes held is gone with them; creations and removals still have traces on disk.
void drop_ended_intents(const state::Database& db) {
    db.execute("DELETE FROM intent WHERE object_kind IN ('container', 'exec') AND step NOT IN ('create', 'remove', 'run')");
}

bool anything_runs(const state::Database& db) {
    for (const auto& row : read_all_containers(db)) {
        if (is_alive(row.state.init)) return true;
    }
    return false;
}

}  // namespace

bool is_prepared(const state::Database& db, const fs::path& runroot) {
    if (db.schema_version() != state::newest_schema_version()) return false;
    return state::recorded_epoch(db) == state::current_epoch() && state::meta_value(db, "runroot") == runroot.native();
}

void begin_epoch(const state::Database& db, const fs::path& runroot) {
    const std::string recorded = state::meta_value(db, "runroot");
    const bool same_epoch = state::recorded_epoch(db) == state::current_epoch();
    if (same_epoch && recorded == runroot.native()) return;  // another command was faster
    if (same_epoch && !recorded.empty() && anything_runs(db)) {
        throw Error{ErrorKind::InUse, concat("containers of this root run with --runroot ", quote(recorded), ", not ", quote(runroot.native())),
                    "use that runroot, or stop them first"};
    }
    fault_point("epoch:begin");
    empty_runroot(runroot);
    state::Transaction transaction{db};
    if (!same_epoch) {
        reset_states(db);
        drop_ended_intents(db);
        network::forget_endpoints(db);
        network::forget_all_published(db);
    }
    if (!same_epoch) state::record_event(db, "system", "refresh", "", "");
    state::set_meta(db, "epoch", state::current_epoch());
    state::set_meta(db, "runroot", runroot.native());
    db.execute("DELETE FROM meta WHERE key = 'refused_runtimes'");
    transaction.commit();
}

}  // namespace skiff::libpod
