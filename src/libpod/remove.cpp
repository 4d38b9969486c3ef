#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "libpod/container_events.h"
#include "libpod/host_mount.h"
#include "libpod/lifecycle.h"
#include "libpod/launcher.h"
#include "libpod/network_setup.h"
#include "libpod/volume/step.h"
#include "libpod/waiting_commands.h"
#include "state/intent.h"
#include "storage/container_storage.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// Runtimes that keep RUNROOT/oci/<name>/<id> for a container that they know. (Others may name it otherwise.)
bool keeps_plain_state(const std::string& name) { return name == "skiff" || name == "crun" || name == "runc"; }

/// Every runtime that knows the container, by what it keeps. A crash may have come before the choice was recorded, and a
/// container that was never started, or is settled, is known to none: then no process is needed.
std::vector<std::string> runtimes_to_ask(const Runtime& runtime, const ContainerRow& row) {
    std::vector<std::string> names;
    const std::string recorded = string_or(parse_json(row.state.details, "container details"), "oci_runtime");
    if (!recorded.empty() && !keeps_plain_state(recorded)) names.push_back(recorded);
    const UniqueFd dir = open_at_if_exists(AT_FDCWD, runtime.options().runroot / "oci", O_RDONLY | O_DIRECTORY);
    if (!dir) return names;
    for (const auto& name : list_directory(dir.get())) {
        const bool known = ::faccessat(dir.get(), concat(name, "/", row.id).c_str(), F_OK, 0) == 0;
        if (known && fs::path{recorded}.filename() != name) names.push_back(name);
        else if (known && keeps_plain_state(recorded)) names.push_back(recorded);
    }
    return names;
}

/// The end of the container's rows. Its lock file goes before the transaction that ends its intents is committed: a crash in
/// between leaves them, and nobody meets a row without the lock that would keep him from it.
void forget_container(const Runtime& runtime, LockedContainer& locked, bool anonymous_volumes) {
    const ContainerRow& row = locked.row;
    std::vector<std::string> left_volumes;
    {
        state::Transaction transaction{runtime.db()};
        left_volumes = part_from_volumes(runtime, row.id, anonymous_volumes);
        keep_exit_record(runtime.db(), row.id, row.name, row.state.exit_code);
        record_container_event(runtime.db(), row.id, "remove");
        delete_container(runtime.db(), row.id);
        state::finish_intents_of(runtime.db(), "container", std::span{&row.id, 1});
        ::unlink(runtime.op_lock_path(row.id).c_str());
        fault_point("lock:unlinked");
        transaction.commit();
    }
    // Whoever came between the unlink and the commit has made the file anew, and saw rows: nobody else would remove it.
    ::unlink(runtime.op_lock_path(row.id).c_str());
    fault_point("remove:recorded");
    settle_volumes(runtime, left_volumes);
    locked.lock.release();
}

void remove_run_dir(const Runtime& runtime, const std::string& id) {
    const UniqueFd runroot = open_directory(runtime.options().runroot);
    remove_tree_at(runroot.get(), id);
}

/// Word for word the condition of the index container_needing, so that only configurations in it are looked at.
constexpr const char* kMayNeedAnother = "(instr(config, '\"kind\":\"container\"') > 0 OR instr(config, '\"requires_containers\"') > 0)";

/// Members of a configuration that name another container. Some versions of SQLite quote a key with an underscore.
constexpr const char* kNamesAnother =
    "(t.fullkey LIKE '$.namespaces.%' OR t.fullkey LIKE '$.requires_containers%' OR t.fullkey LIKE '$.\"requires_containers\"%')";

}  // namespace

void refuse_while_needed(const Runtime& runtime, const ContainerRow& row) {
    // Mostly no other configuration has the ID in it at all; then the search through their members is not even compiled.
    auto mentioned = runtime.db().prepare(concat("SELECT 1 FROM container WHERE ", kMayNeedAnother, " AND id <> ?1 AND instr(config, ?1) > 0 LIMIT 1"));
    if (!mentioned.bind(row.id).step()) return;
    auto rows = runtime.db().prepare(
        concat("SELECT n.name FROM container c JOIN name n ON n.container_id = c.id, json_tree(c.config) t WHERE c.id <> ?1 AND "
               "instr(c.config, ?1) > 0 AND t.value = ?1 AND ", kNamesAnother, " LIMIT 1"));
    rows.bind(row.id);
    if (!rows.step()) return;
    throw Error{ErrorKind::InUse, concat("container ", quote(row.name), " is needed by container ", quote(rows.text(0)),
                                         ": it has dependent containers"),
                "remove that one first, or use rm --depend"};
}

std::set<std::string> needed_containers(const state::Database& db) {
    auto rows = db.prepare(
        concat("SELECT t.value FROM container, json_tree(config) t WHERE ", kMayNeedAnother,
               " AND t.type = 'text' AND length(t.value) = 64 AND ", kNamesAnother));
    std::set<std::string> needed;
    while (rows.step()) needed.insert(rows.text(0));
    return needed;
}

void kill_process(const ProcessIdentity& process) {
    if (process.pid == ::getpid()) return;
    const UniqueFd pidfd = open_pidfd(process);
    if (!pidfd) return;
    send_signal(pidfd.get(), SIGKILL);
    wait_for_exit(pidfd.get(), std::chrono::seconds{10});
}

namespace {

void kill_init(const Runtime& runtime, const ContainerRow& row) {
    const UniqueFd pidfd = open_pidfd(row.state.init);
    if (!pidfd) return;
    send_signal(pidfd.get(), SIGKILL);
    wake_waiting_commands(runtime, row.id);
    wait_for_killed(runtime, row, pidfd.get(), std::chrono::seconds{10});
}

}  // namespace

void kill_everything(const Runtime& runtime, const ContainerRow& row) {
    kill_init(runtime, row);
    for (const auto& name : runtimes_to_ask(runtime, row)) {
        try {
            runtime.oci_runtime(name).remove(row.id, /*force=*/true);
        } catch (const Error& error) {
            log::debug(concat("removing ", row.id, " from OCI runtime ", name, ": ", error.what(), ", ignoring"));
        }
    }
}

void release_everything(const Runtime& runtime, const ContainerRow& row) {
    kill_process(recorded_launcher(runtime.run_dir(row.id)));
    kill_everything(runtime, row);
    kill_process(row.state.monitor);
    fault_point("remove:killed");
    detach_networks(runtime, row.id);
    drop_host_mount(runtime, row.id);
    remove_run_dir(runtime, row.id);
}

void forget_lock(const Runtime& runtime, const std::string& id) {
    ::unlink(runtime.op_lock_path(id).c_str());
    fault_point("lock:unlinked");
    state::Transaction transaction{runtime.db()};
    state::finish_intents_of(runtime.db(), "container", std::span{&id, 1});
    transaction.commit();
}

void remove_locked(const Runtime& runtime, LockedContainer& locked, std::string_view cause, RemoveVolumes volumes) {
    ContainerRow& row = locked.row;
    refuse_while_needed(runtime, row);
    const bool anonymous = volumes == RemoveVolumes::Anonymous || row.state.removal_due;
    commit_change(runtime, row, cause, [&](ContainerState& state) {
        state.state = State::Removing;
        state::begin_intent(runtime.db(), "container", row.id, "remove", anonymous ? R"({"volumes":true})" : "{}");
    });
    fault_point("intent:remove");
    release_everything(runtime, row);
    fault_point("remove:run-dir");
    runtime.container_storage().remove(row.id);
    fault_point("remove:storage");
    forget_container(runtime, locked, anonymous);
}

UniqueFd last_monitor(const Runtime& runtime, const std::string& id) {
    const ProcessIdentity monitor = recorded_launcher(runtime.run_dir(id));
    return monitor.pid == ::getpid() ? UniqueFd{} : open_pidfd(monitor);
}

void remove_settled_locked(const Runtime& runtime, LockedContainer& locked, LastMonitor monitor) {
    const ContainerRow& row = locked.row;
    fault_point("intent:remove");
    // One that does not go by itself dies while the files go; nothing of it may be left when its own directory does.
    const UniqueFd pidfd = monitor == LastMonitor::Ended ? last_monitor(runtime, row.id) : UniqueFd{};
    if (pidfd) send_signal(pidfd.get(), SIGKILL);
    drop_host_mount(runtime, row.id);
    runtime.container_storage().remove(row.id);
    fault_point("remove:storage");
    if (monitor == LastMonitor::Goes) release_runtime(runtime, row);  // mostly there is no cgroup left
    if (pidfd) wait_for_exit(pidfd.get(), std::chrono::seconds{10});
    fault_point("remove:killed");
    remove_run_dir(runtime, row.id);
    fault_point("remove:run-dir");
    forget_container(runtime, locked, /*anonymous_volumes=*/true);
}

}  // namespace skiff::libpod
