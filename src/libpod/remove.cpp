#include <fcntl.h>
#include <signal.h>

#include <algorithm>

#include "libpod/lifecycle.h"
#include "libpod/launcher.h"
#include "state/intent.h"
#include "storage/container_storage.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// A monitor that settles its own container is the recorded launcher itself.
void kill_process(const ProcessIdentity& process) {
    if (process.pid == ::getpid()) return;
    const UniqueFd pidfd = open_pidfd(process);
    if (!pidfd) return;
    send_signal(pidfd.get(), SIGKILL);
    wait_for_exit(pidfd.get(), std::chrono::seconds{10});
}

/// Every runtime that may know the container: the recorded one, else (a crash before it was recorded) each candidate.
std::vector<std::string> runtimes_to_ask(const Runtime& runtime, const ContainerRow& row) {
    std::vector<std::string> names{oci_runtime_of(row, runtime)};
    const UniqueFd dir = open_at_if_exists(AT_FDCWD, runtime.options().runroot / "oci", O_RDONLY | O_DIRECTORY);
    if (!dir) return names;
    for (const auto& name : list_directory(dir.get())) {
        const UniqueFd state = open_at_if_exists(dir.get(), fs::path{name} / row.id, O_PATH);
        if (state && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

void remove_run_dir(const Runtime& runtime, const std::string& id) {
    const UniqueFd runroot = open_directory(runtime.options().runroot);
    remove_tree_at(runroot.get(), id);
}

}  // namespace

void refuse_while_needed(const Runtime& runtime, const ContainerRow& row) {
    auto rows = runtime.db().prepare(
        "SELECT n.name FROM container c JOIN name n ON n.container_id = c.id, json_tree(c.config) t WHERE c.id <> ?1 AND "
        "t.value = ?1 AND (t.fullkey LIKE '$.namespaces.%' OR t.fullkey LIKE '$.requires_containers%') LIMIT 1");
    rows.bind(row.id);
    if (!rows.step()) return;
    throw Error{ErrorKind::InUse, concat("container ", quote(row.name), " is needed by container ", quote(rows.text(0)),
                                         ": it has dependent containers"),
                "remove that one first, or use rm --depend"};
}

void kill_everything(const Runtime& runtime, const ContainerRow& row) {
    kill_process(row.state.init);
    for (const auto& name : runtimes_to_ask(runtime, row)) {
        try {
            runtime.oci_runtime(name).remove(row.id, /*force=*/true);
        } catch (const Error& error) {
            log::debug(concat("removing ", row.id, " from OCI runtime ", name, ": ", error.what(), ", ignoring"));
        }
    }
}

void remove_locked(const Runtime& runtime, LockedContainer& locked, std::string_view cause) {
    ContainerRow& row = locked.row;
    refuse_while_needed(runtime, row);
    const int exit_code = row.state.exit_code;
    std::int64_t intent = 0;
    commit_change(runtime, row, cause, [&](ContainerState& state) {
        state.state = State::Removing;
        intent = state::begin_intent(runtime.db(), "container", row.id, "remove");
    });
    fault_point("intent:remove");
    kill_process(recorded_launcher(runtime.run_dir(row.id)));
    kill_everything(runtime, row);
    kill_process(row.state.monitor);
    fault_point("remove:killed");
    remove_run_dir(runtime, row.id);
    fault_point("remove:run-dir");
    runtime.container_storage().remove(row.id);
    fault_point("remove:storage");
    state::Transaction transaction{runtime.db()};
    keep_exit_record(runtime.db(), row.id, row.name, exit_code);
    delete_container(runtime.db(), row.id);
    state::finish_intent(runtime.db(), intent);
    runtime.db().prepare("DELETE FROM intent WHERE object_kind = 'container' AND object_id = ?").bind(row.id).run();
    transaction.commit();
    fault_point("remove:recorded");
    locked.lock.unlink_and_release();
}

}  // namespace skiff::libpod
