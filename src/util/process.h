#pragma once
/// Processes: who they are for certain, and children whose end is always collected.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/fd.h"

namespace skiff {

/// A process named so that a reused pid cannot be taken for it.
/// Source: proc_pid_stat(5) field 22 (start time in clock ticks since boot); the boot ID is
/// /proc/sys/kernel/random/boot_id.
struct ProcessIdentity {
    std::string boot_id;
    pid_t pid = -1;
    std::uint64_t start_ticks = 0;

    bool operator==(const ProcessIdentity&) const = default;
};

/// This boot's ID; empty when /proc does not tell.
const std::string& boot_id();
/// Start time of `pid` in ticks since boot; nullopt when there is no such process (zombies count as gone
/// only for is_alive).
std::optional<std::uint64_t> start_ticks_of(pid_t pid);
ProcessIdentity identity_of_self();
/// Throws Error{NotFound} when the process is gone.
ProcessIdentity identity_of(pid_t pid);
/// True while exactly that process runs (this boot, same start time, not a zombie).
bool is_alive(const ProcessIdentity& process);

/// A pidfd for exactly that process; empty when it is gone. Source: pidfd_open(2). On kernels without it something that
/// send_signal() and wait_for_exit() take, and nothing else does.
UniqueFd open_pidfd(const ProcessIdentity& process);
UniqueFd open_pidfd(pid_t pid);
/// pidfd_send_signal(2). False when the process is gone; throws SystemError otherwise.
bool send_signal(int pidfd, int signal);
/// Waits until the process behind `pidfd` has ended. False on time-out.
bool wait_for_exit(int pidfd, std::chrono::milliseconds timeout);

/// How a child ended.
struct ExitStatus {
    int code = 0;    ///< exit status; 128 + signal when `signal` is set
    int signal = 0;  ///< the signal that ended it, 0 when it exited
};
ExitStatus exit_status_of(int wait_status);

/// A forked child. Killed (SIGKILL) and reaped on destruction unless waited for or detached.
class [[nodiscard]] ChildProcess {
public:
    ChildProcess() noexcept = default;
    explicit ChildProcess(pid_t pid) : pid_{pid} {}
    ChildProcess(ChildProcess&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess();

    pid_t pid() const noexcept { return pid_; }
    /// Reaps. Throws SystemError.
    ExitStatus wait();
    pid_t detach() noexcept { return std::exchange(pid_, -1); }

private:
    pid_t pid_ = -1;
};

/// One external program, run to its end. `env` replaces the environment when given.
struct RunRequest {
    std::vector<std::string> argv;              ///< argv[0] is looked up in PATH when it has no slash
    std::optional<std::vector<std::string>> env;
    int stdin_fd = -1;                          ///< -1: /dev/null
    int stdout_fd = -1;                         ///< -1: captured
    int stderr_fd = -1;                         ///< -1: captured
    std::vector<std::pair<int, int>> pass_fds;  ///< {ours, number in the child}
    std::chrono::milliseconds timeout{0};       ///< 0: none. On time-out: SIGKILL, Error{Timeout}
};
struct RunResult {
    ExitStatus status;
    std::string out;
    std::string err;
};
/// Runs it and collects what it printed (1 MiB of each stream at most, the rest is read and dropped).
/// Throws Error{NotFound} when the program does not exist, SystemError when it cannot be started.
RunResult run_program(const RunRequest& request);

/// The command line of this process, for the record (history, intents): its first thousand bytes.
const std::string& own_command_line();

}  // namespace skiff
