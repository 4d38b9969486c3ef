#pragma once
/// One container: its immutable config, its state, and every operation on it.
///
/// Each operation that changes something takes the container's operation lock (RUNROOT/locks/<id>.op), repairs what a
/// dead command left, checks the transition table, and records intent and result. stop and kill take no lock: they must
/// work while another command holds it.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/container_row.h"
#include "libpod/runtime.h"
#include "oci/monitor/monitor.h"

namespace skiff::libpod {

struct LockedContainer;

/// What `exec` asks for.
struct ExecOptions {
    std::vector<std::string> command;
    std::vector<std::string> env;      ///< KEY=VALUE, added to the container's
    std::string user;                  ///< empty: the container's
    std::string work_dir;              ///< empty: the container's
    bool terminal = false;
    bool interactive = false;
    bool privileged = false;
    bool detach = false;
    int preserve_fds = 0;
    std::optional<std::string> detach_keys;  ///< nullopt: as configured
    std::optional<std::chrono::milliseconds> timeout;  ///< SIGKILL that long after the start
    bool is_probe = false;             ///< a health check: it makes no events of its own
    bool has_session = true;           ///< it is recorded; without: only what its command itself can attend
};

/// Client descriptors of an attached command; -1: not attached.
struct AttachStreams {
    int in = -1;
    int out = -1;
    int err = -1;
    std::string detach_keys = "ctrl-p,ctrl-q";
    bool sig_proxy = true;
};

struct RunOutcome {
    bool detached = false;      ///< or whoever read the output left: the container runs on
    int exit_code = 0;
    bool timed_out = false;     ///< ended by the monitor: ExecOptions::timeout
};

struct RemoveOptions {
    bool force = false;
    bool volumes = false;                             ///< anonymous volumes too
    std::optional<std::chrono::seconds> stop_timeout; ///< with force: grace before SIGKILL
};

/// The init process of a container that was told to end.
struct EndingProcess {
    UniqueFd pidfd;                                    ///< empty: it is gone already
    std::chrono::steady_clock::time_point patience{};  ///< when it is killed
    std::chrono::seconds grace{0};                     ///< 0: it was killed at once
};

class Container {
public:
    Container(Runtime& runtime, ContainerRow row);
    Container(Container&&) noexcept;
    ~Container();

    const std::string& id() const noexcept { return row_.id; }
    const std::string& name() const noexcept { return row_.name; }
    const ContainerConfig& config() const;
    const ContainerRow& row() const noexcept { return row_; }
    const ContainerState& state() const noexcept { return row_.state; }
    /// Reads the rows again; settles the container when its init has ended and nobody did. Throws Error{NotFound}
    /// when it was removed meanwhile.
    void refresh();

    void init();
    /// From Configured and Stopped: init first. Created: start. Running: nothing.
    void start();
    /// start() with a client attached from before the first byte; returns when the process has ended or the client
    /// detached. The container is settled (and removed, when due) before it returns an exit code.
    RunOutcome start_attached(const AttachStreams& streams);
    RunOutcome attach(const AttachStreams& streams);
    /// False when it was not running. `timeout` nullopt: the container's own.
    bool stop(std::optional<std::chrono::seconds> timeout);
    /// stop() in two halves, so that many can end at the same time. nullopt: there was nothing to stop.
    std::optional<EndingProcess> begin_stop(std::optional<std::chrono::seconds> timeout);
    void finish_stop(const EndingProcess& ending);
    /// A signal to init. Throws Error{WrongState} when not running.
    void kill(int signal);
    /// kill() in two halves; the second (wait, settle) is due after SIGKILL only.
    EndingProcess begin_kill(int signal);
    void finish_kill(const EndingProcess& ending);
    void restart(std::optional<std::chrono::seconds> timeout);
    void pause();
    void unpause();
    void rename(const std::string& new_name);
    void remove(const RemoveOptions& options);

    enum class WaitCondition { Configured, Created, Running, Paused, Stopping, Stopped, Removing, Healthy, Unhealthy };
    /// Blocks until one condition holds. The exit code for Stopped, -1 for the others.
    int wait(const std::vector<WaitCondition>& conditions, std::chrono::milliseconds interval);

    /// Runs a further process. With streams (not detach): its exit code; detached: {true, 0} and the session ID in `session`.
    RunOutcome exec(const ExecOptions& options, const AttachStreams& streams, std::string* session = nullptr);
    std::vector<ExecRow> exec_sessions() const;

    std::vector<TransitionRow> history() const;
    /// Path of the log file; empty when the driver keeps none.
    fs::path log_path() const;
    /// True while init or its monitor may still write to the log.
    bool log_may_grow();
    /// A descriptor for the container's root directory as its processes see it (O_PATH): running containers only.
    UniqueFd open_running_root() const;
    /// OCI spec written at the last init; empty when never.
    std::string oci_config() const;

    Runtime& runtime() const noexcept { return *runtime_; }

private:
    /// --requires: starts those that do not run.
    void start_required();

    void stop_for_removal(std::optional<std::chrono::seconds> timeout);
    std::optional<LockedContainer> lock_for_removal(bool force);
    void settle_stopped();
    RunOutcome start_passed_through();

    Runtime* runtime_;
    ContainerRow row_;
    mutable std::unique_ptr<ContainerConfig> config_;
};

}  // namespace skiff::libpod
