#include "libpod/container.h"

#include <fcntl.h>
#include <signal.h>

#include "libpod/container_events.h"
#include "libpod/exec_session.h"
#include "libpod/lifecycle.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {


}  // namespace

Container::Container(Runtime& runtime, ContainerRow row) : runtime_{&runtime}, row_{std::move(row)} {}
Container::Container(Container&&) noexcept = default;
Container::~Container() = default;

const ContainerConfig& Container::config() const {
    if (!config_) config_ = std::make_unique<ContainerConfig>(read_config(row_.config));
    return *config_;
}

void Container::refresh() {
    auto row = read_container(runtime_->db(), row_.id);
    if (row && needs_settling(*row) && !runtime_->db().read_only() && try_settle(*runtime_, row_.id)) {
        row = read_container(runtime_->db(), row_.id);
    }
    if (!row) throw Error{ErrorKind::NotFound, concat("container ", quote(row_.name), " was removed: no such container")};
    row_ = std::move(*row);
    show_derived_state(*runtime_, row_);
}

void Container::init() {
    auto locked = lock_container(*runtime_, row_.id, kLockTimeout);
    const auto global = runtime_->step_lock();
    settle_locked(*runtime_, locked.row, "found by init");
    init_locked(*runtime_, locked.row, config(), "init");
    row_ = locked.row;
}

void Container::start_required() {
    // Before any lock of this container is taken; a required container is always older, so that this ends.
    for (const std::string& id : config().requires_containers) runtime_->find(id).start();
}

void Container::start() {
    start_required();
    auto locked = lock_container(*runtime_, row_.id, kLockTimeout);
    const auto global = runtime_->step_lock();
    settle_locked(*runtime_, locked.row, "found by start");
    row_ = locked.row;
    if (row_.state.state == State::Running) return revive_monitor(*runtime_, row_);
    StartStep step{.cause = "start", .also = [](ContainerState& state) { state.restarts = 0; }};
    if (row_.state.state != State::Created) step.intent = init_to_start_locked(*runtime_, row_, config(), "init");
    start_locked(*runtime_, row_, step);
}

void Container::rename(const std::string& new_name) {
    auto locked = lock_container(*runtime_, row_.id, kLockTimeout);
    const auto global = runtime_->step_lock();
    state::Transaction transaction{runtime_->db()};
    rename_container(runtime_->db(), row_.id, new_name);
    record_container_event(runtime_->db(), row_.id, "rename");
    transaction.commit();
    row_.name = new_name;
}

void Container::remove(const RemoveOptions& options) {
    refuse_while_needed(*runtime_, row_);  // before anything is stopped for it; again under the lock
    if (options.force) stop_for_removal(options.stop_timeout);
    auto locked = lock_for_removal(options.force);
    if (!locked) return;  // removed meanwhile: what was asked for holds
    const auto global = runtime_->step_lock();
    settle_locked(*runtime_, locked->row, "found by rm");
    transition_for(Operation::Remove, locked->row.state.state, {.init_alive = false, .forced = options.force}, locked->row.name);
    remove_locked(*runtime_, *locked, options.force ? "rm --force" : "rm", options.volumes ? RemoveVolumes::Anonymous : RemoveVolumes::None);
}

/// A forced removal first ends the process as stop would, unless it was not started or does not run.
void Container::stop_for_removal(std::optional<std::chrono::seconds> timeout) {
    try {
        refresh();
        if (row_.state.state == State::Running || row_.state.state == State::Paused) stop(timeout);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound && error.kind() != ErrorKind::WrongState) throw;
    }
}

/// With force, an operation in progress is ended: its owner is killed through a pidfd, and what it left is repaired.
std::optional<LockedContainer> Container::lock_for_removal(bool force) {
    try {
        try {
            return lock_container(*runtime_, row_.id, force ? std::chrono::seconds{2} : kLockTimeout);
        } catch (const Error& error) {
            if (!force || error.kind() != ErrorKind::Timeout) throw;
        }
        for (const auto& intent : state::intents_of(runtime_->db(), "container", row_.id)) {
            if (const UniqueFd owner = open_pidfd(intent.owner)) send_signal(owner.get(), SIGKILL);
        }
        return lock_container(*runtime_, row_.id, kLockTimeout);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::NotFound) return std::nullopt;
        throw;
    }
}

RunOutcome Container::exec(const ExecOptions& options, const AttachStreams& streams, std::string* session) {
    refresh();
    std::string session_id;
    const RunOutcome outcome = run_exec(*runtime_, row_, config(), options, streams, session_id);
    if (session != nullptr) *session = session_id;
    return outcome;
}

std::vector<ExecRow> Container::exec_sessions() const {
    if (!runtime_->db().read_only()) sweep_exec_sessions(*runtime_, row_.id);
    return read_execs(runtime_->db(), row_.id);
}

std::vector<TransitionRow> Container::history() const { return read_history(runtime_->db(), row_.id); }

fs::path Container::log_path() const {
    const auto& log = config().log;
    if (log.driver == "none" || log.driver == "journald" || log.driver.starts_with("passthrough")) return {};
    return log.path.empty() ? runtime_->container_dir(row_.id) / "ctr.log" : fs::path{log.path};
}

bool Container::log_may_grow() {
    const auto row = read_container(runtime_->db(), row_.id);
    if (!row) return false;
    return is_alive(row->state.init) || (is_alive(row->state.monitor) && !oci::monitor::read_exit_file(runtime_->run_dir(row_.id)));
}

UniqueFd Container::open_running_root() const {
    UniqueFd root = open_at(AT_FDCWD, concat("/proc/", row_.state.init.pid, "/root"), O_PATH | O_DIRECTORY);
    if (!is_alive(row_.state.init)) throw Error{ErrorKind::WrongState, concat("container ", quote(row_.name), " does not run")};
    return root;
}

std::string Container::oci_config() const {
    return read_file_if_exists_at(AT_FDCWD, runtime_->run_dir(row_.id) / "config.json").value_or(std::string{});
}

}  // namespace skiff::libpod
