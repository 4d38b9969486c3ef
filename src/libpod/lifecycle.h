#pragma once
/// The steps between states. Internal to libpod: Container and Runtime are the faces.
///
/// "Locked" functions want the container's operation lock held by the caller.

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/container.h"
#include "libpod/container_row.h"
#include "libpod/runtime.h"
#include "state/file_lock.h"

namespace skiff::network {
struct AttachmentRow;
}

namespace skiff::libpod {

/// A container's operation lock and its rows, read and repaired under it.
struct LockedContainer {
    state::FileLock lock;
    ContainerRow row;
};

/// Takes the operation lock (Error{Timeout} naming the holder), reads the row anew and finishes or undoes what a dead
/// owner left. Throws Error{NotFound} when the container is gone.
LockedContainer lock_container(const Runtime& runtime, const std::string& id, std::chrono::milliseconds timeout);
/// What a command waits for another that works on the same container.
inline constexpr std::chrono::seconds kLockTimeout{60};

// change.cpp
/// One transaction: reads the state row anew into `row`, applies `change`, writes it back and, when the state differs,
/// records the transition with `cause`. Other rows may be changed inside `change` too (intents). Throws Error{NotFound}
/// when the container is gone.
void commit_change(const Runtime& runtime, ContainerRow& row, std::string_view cause,
                   const std::function<void(ContainerState&)>& change);
/// Several in one transaction, each recorded as if it were alone.
struct ChangeStep {
    std::string cause;
    std::function<void(ContainerState&)> change;
};
void commit_changes(const Runtime& runtime, ContainerRow& row, const std::vector<ChangeStep>& steps);

// create.cpp
Container create_container(Runtime& runtime, const CreateOptions& options);
/// Rows, name, volumes, secrets and writable layer of a complete configuration. `attachments`: the networks that it is on.
/// `runs_at_once`: see CreateOptions.
Container store_container(Runtime& runtime, ContainerConfig config, const std::vector<network::AttachmentRow>& attachments, bool runs_at_once);

// init.cpp
/// What the launcher becomes once it has made the container.
enum class MonitorImage {
    Fresh,   ///< the binary executed anew: half the memory, for as long as the container runs
    Forked,  ///< the process that it is: an attached run mostly ends before the execution, a millisecond, has paid
};
/// Configured or Stopped → Created.
void init_locked(const Runtime& runtime, ContainerRow& row, const ContainerConfig& config, std::string_view cause,
                 MonitorImage image = MonitorImage::Fresh);
/// The same for a caller that will start it at once: the start's intent begins in the transaction that records the init.
/// Gives back the intent, for StartStep::intent.
std::int64_t init_to_start_locked(const Runtime& runtime, ContainerRow& row, const ContainerConfig& config, std::string_view cause,
                                  MonitorImage image = MonitorImage::Fresh);
/// Undoes a half-done init: kills its launcher and processes, removes RUNROOT/<id>. Absent is fine.
void undo_init(const Runtime& runtime, const ContainerRow& row);

// start.cpp
struct StartStep {
    std::string_view cause;
    std::string_view companion = {};                 ///< a further event of the same moment ("attach"), if any
    std::int64_t intent = 0;                         ///< from init_to_start_locked(); 0: begins one
    std::function<void(ContainerState&)> also = {};  ///< what else changes with the state
};
/// Created → Running. Ends the intent of the `run` that made the container, too.
void start_locked(const Runtime& runtime, ContainerRow& row, const StartStep& step);

/// The intent "run" spans a `run --rm` from the container's rows to its program's start: only then will --rm hold without
/// the command. Within the caller's transaction.
void finish_run(const Runtime& runtime, const std::string& id);

// settle.cpp
/// True when the row says that init lives (or waits) and it does not.
bool needs_settling(const ContainerRow& row);
/// → Stopped: exit file, OCI delete, run directory. Nothing when init still runs.
void settle_locked(const Runtime& runtime, ContainerRow& row, std::string_view cause);
/// Of a container that has ended and is removed.
enum class LastMonitor {
    Ended,    ///< by SIGKILL, and waited for
    Goes,     ///< it has told this process the end, and leaves by itself: it has nothing left to write
};
/// A pidfd for the monitor of the container's last run; empty when it is gone, or this process.
UniqueFd last_monitor(const Runtime& runtime, const std::string& id);
/// The same, and then the removal if it is due (--rm): its intent begins in the transaction that records the end. A container
/// that was settled before is removed likewise.
void settle_and_remove_locked(const Runtime& runtime, LockedContainer& locked, std::string_view cause, LastMonitor monitor = LastMonitor::Ended);
/// The same if the lock is free at once. False when it was not, or nothing was to do.
bool try_settle(const Runtime& runtime, const std::string& id);
/// settle, then --rm or the restart policy: what a monitor executes at its end.
void settle_after_exit(Runtime& runtime, const std::string& id);
/// For readers: a container whose init is gone but that nobody settled yet is shown as it will be.
void show_derived_state(const Runtime& runtime, ContainerRow& row);
/// Starts a successor when init lives and its monitor does not.
void revive_monitor(const Runtime& runtime, ContainerRow& row);

// pause.cpp
/// Running → Paused (Operation::Pause), or back (Operation::Unpause).
void set_paused_locked(const Runtime& runtime, ContainerRow& row, Operation direction, std::string_view cause);
/// After a pause or unpause that did not end: the row says what the OCI runtime says, and the intent is over.
void record_frozen(const Runtime& runtime, ContainerRow& row, std::int64_t intent, std::string_view cause);

// stop.cpp
/// --rm applies again after a restart, and the restart's intent is over.
void resume_removal(const Runtime& runtime, const std::string& id, std::int64_t intent);

// remove.cpp
/// Containers that join a namespace of this one, or require it, must go first: Error{InUse} naming one.
void refuse_while_needed(const Runtime& runtime, const ContainerRow& row);
/// Every container that refuse_while_needed() would refuse.
std::set<std::string> needed_containers(const state::Database& db);
/// Processes, cgroup, what OCI runtimes keep, run directory. Absent is fine.
void release_everything(const Runtime& runtime, const ContainerRow& row);
/// The end of a container whose rows are gone: its lock file, then the intents that would have had it removed. The caller
/// holds the lock.
void forget_lock(const Runtime& runtime, const std::string& id);
/// What goes with a container beside its own files.
enum class RemoveVolumes { None, Anonymous };
/// Any state → gone: processes, cgroup, run directory, writable layer, rows; those of a --rm take their anonymous volumes along.
void remove_locked(const Runtime& runtime, LockedContainer& locked, std::string_view cause, RemoveVolumes volumes = RemoveVolumes::None);
/// Its second half, for a container whose end was just recorded and that is Removing, with its intent: no process but the monitor is left.
void remove_settled_locked(const Runtime& runtime, LockedContainer& locked, LastMonitor monitor);
/// What the OCI runtime keeps of a container without processes: its cgroup and its files.
void release_runtime(const Runtime& runtime, const ContainerRow& row);

// repair.cpp
/// Under the operation lock: intents of this container whose owner is dead.
void repair_locked(const Runtime& runtime, ContainerRow& row);
/// Every dead intent whose lock is free.
void repair_dead_steps(const Runtime& runtime);

/// SIGKILL, and waits for the end. Not for the caller itself: a monitor that settles its container is the recorded launcher.
void kill_process(const ProcessIdentity& process);
/// SIGKILL for everything that carries the ID: init, its cgroup, exec'd processes; waits for init's end.
void kill_everything(const Runtime& runtime, const ContainerRow& row);
/// The name of the OCI runtime that this container's init was created with.
std::string oci_runtime_of(const ContainerRow& row, const Runtime& runtime);

}  // namespace skiff::libpod
