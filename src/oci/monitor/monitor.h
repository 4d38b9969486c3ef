#pragma once
/// The monitor: one small process per running container (or exec session) that owns its standard streams,
/// log, attach socket and exit status, and outlives the command that started it.
///
/// Life of one (docs/architecture.md, "The processes of one run"):
///   1. The CLI forks a *launcher* (libpod/launcher): new session, subreaper, own mount namespace. It makes the
///      Streams below, creates the container through the OCI runtime, reports the pid, and
///   2. executes /proc/self/exe with the hidden command `monitor` and the Plan on a sealed memfd: same pid, the
///      init process stays its child, and its memory is that of a fresh small process.
///   3. run_monitor() relays streams, writes the log, serves attach clients, reaps, and when the child has ended
///      drains the streams to end of file, closes the log, writes the exit file, tells the clients, and
///   4. executes `plan.exit_command` (the installed skiff, which settles the container: database, networks, restart
///      policy, --rm), unless a client that promised to settle it says that it did.
///
/// The monitor never opens the database and knows nothing of libpod.

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "oci/monitor/held_port.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/process.h"

namespace skiff::oci::monitor {

namespace fs = std::filesystem;

struct LogPlan {
    std::string driver = "k8s-file";  ///< k8s-file, json-file, journald, none, passthrough
    fs::path path;                    ///< of the current file; rotated ones are path.1 (newest) … path.(max_files-1)
    std::int64_t max_size_bytes = 0;  ///< 0: no limit
    int max_files = 1;
    std::string tag;                  ///< attributes for json-file and journald
    std::string container_id, container_name;  ///< for journald
};

/// All that the monitor needs; serialised to the memfd it is executed with, and kept as RUNROOT/<id>/monitor.json
/// so that a successor can be started from it.
struct Plan {
    std::string id;            ///< container ID, or exec session ID
    bool is_exec = false;
    fs::path run_dir;          ///< RUNROOT/<id> (exec: RUNROOT/<id>/exec/<session>), 0700, holds all below
    ProcessIdentity process;   ///< init, or the exec'd process
    bool terminal = false;
    bool stdin_open = false;   ///< -i
    bool stdin_once = false;   ///< close stdin when the first attached client that sent stdin leaves
    LogPlan log;
    std::optional<std::chrono::milliseconds> timeout;  ///< --timeout: SIGKILL that long after the start
    std::vector<std::string> probe_command;       ///< executed when run_dir/probe says so: a health check (probe_timer.h)
    std::vector<std::string> exit_command;        ///< executed at the end (argv; argv[0] absolute); empty: just leave
    bool oom_watch = false;
    std::string notify_socket;  ///< of the service manager, that what the container says of itself is handed on to; may be empty
    std::vector<HeldPort> ports;  ///< published ones, see PlanFds::ports
    std::string cgroup_events;  ///< path of memory.events or memory.oom_control to watch for OOM kills; may be empty
};
nlohmann::json to_json(const Plan& plan);
Plan plan_from_json(const nlohmann::json& document);

/// In the run directory, for the container to see: its socket, with Plan::notify_socket, is kNotifyName in it.
inline constexpr const char* kNotifyDirectory = "notify";
inline constexpr const char* kNotifyName = "notify.sock";

/// In the run directory: milliseconds until the probe command is executed. The monitor looks at it when it gets SIGCHLD.
inline constexpr const char* kProbeName = "probe";

/// Descriptors that travel through the exec, numbered as given on the hidden command line.
struct PlanFds {
    UniqueFd attach_listener;  ///< SOCK_SEQPACKET, bound to run_dir/attach, listening before init starts
    UniqueFd stdin_writer;     ///< write end to the container's stdin, when stdin_open and no terminal
    UniqueFd stdout_reader;    ///< read end of run_dir/stdout (a FIFO the container holds open read-write)
    UniqueFd stderr_reader;
    UniqueFd terminal;         ///< pty master, when terminal
    UniqueFd notify;           ///< bound to run_dir/notify/notify.sock, with Plan::notify_socket
    std::vector<UniqueFd> ports;  ///< one for each of Plan::ports, in order; empty ones where the host has no such protocol
    /// The container's, held until its end has been told: taking down its mounts would delay the end of its process. Not
    /// through an exec: only for stay_as_monitor.
    UniqueFd mount_namespace;
};

/// Made by the launcher before the runtime is called: FIFOs, sockets and the descriptors for the container's side.
struct Streams {
    PlanFds monitor_side;
    UniqueFd container_stdin;   ///< empty: /dev/null
    UniqueFd container_stdout;  ///< empty with a terminal
    UniqueFd container_stderr;
    UniqueFd console_listener;  ///< with a terminal: listens at run_dir/console
};
/// `owner_uid/gid`: who will own the pipes (fchown), so that /dev/stdout can be opened again by the container's user.
/// `listener`: from listen_for_clients(), where clients connect before there is a launcher; empty: made here.
Streams make_streams(const Plan& plan, uid_t owner_uid, gid_t owner_gid, UniqueFd listener = {});
/// The socket run_dir/attach.
UniqueFd listen_for_clients(const fs::path& run_dir);
/// Receives the pty master that the runtime sends to run_dir/console.
UniqueFd receive_console(int console_listener, std::chrono::milliseconds timeout);

/// Writes run_dir/monitor.json, from which a successor starts: before anybody is told that the process is there.
void record_plan(const Plan& plan);
/// Replaces this process by the monitor (execve of /proc/self/exe). Does not return; throws SystemError.
[[noreturn]] void become_monitor(const Plan& plan, PlanFds fds);
/// The same work in this process as it is, without an exec: for a session that somebody waits for, which is mostly short.
/// It keeps the memory that a fork shares with its parent (about 0.3 MB of its own). `after_end` (may be empty) runs when the end has been told,
/// beside whoever was told. Never returns.
[[noreturn]] void stay_as_monitor(const Plan& plan, PlanFds fds, std::function<void()> after_end = {}) noexcept;
/// The hidden command's main: argv as passed by become_monitor. Returns the exit status when there is no exit_command.
int run_monitor(int argc, char** argv);
/// Starts a successor for a container whose monitor was lost and whose init lives (pidfd based).
ProcessIdentity start_successor(const fs::path& run_dir);

/// RUNROOT/<id>/exit. Format fixed for ever: one line "1 <code> <signal> <oom 0|1> <unix nanoseconds>\n".
struct ExitFile {
    int code = 0;
    int signal = 0;
    bool oom_killed = false;
    UnixNanos at = 0;
};
/// The exit code of a process that the monitor ended at its deadline, as podman has it. The signal stays SIGKILL: together they are nothing
/// that a process can end with by itself.
constexpr int kTimedOutStatus = 255;
bool is_timed_out(const ExitFile& exit) noexcept;
/// Takes the room that the exit file will need, so that a full file system cannot lose an exit status.
void reserve_exit_file(const fs::path& run_dir);
/// Absence is fine. Done by make_streams.
void forget_exit_file(const fs::path& run_dir);
void write_exit_file(const fs::path& run_dir, const ExitFile& exit);
std::optional<ExitFile> read_exit_file(const fs::path& run_dir);

// ---------------------------------------------------------------- attach, client side

struct AttachOptions {
    int stdin_fd = -1;    ///< -1: do not send stdin
    int stdout_fd = -1;   ///< -1: do not receive
    int stderr_fd = -1;
    std::string detach_keys = "ctrl-p,ctrl-q";  ///< empty: off
    bool sig_proxy = true;         ///< forward signals to the process (pidfd)
    bool promise_settle = false;   ///< the caller settles the container itself after the end; see AttachSession::settled
};

struct AttachResult {
    bool detached = false;             ///< by detach keys
    bool monitor_lost = false;         ///< the monitor died before it told the end
    bool output_closed = false;        ///< whoever reads our output left (EPIPE, `| head`): like a detach, the process
                                       ///< runs on, as with podman; callers end with 128 + SIGPIPE
    std::optional<ExitFile> exit;      ///< set when the process ended
};

/// A connection to a monitor; made before the container is started, so that no output is missed.
class AttachSession {
public:
    /// Throws Error{WrongState} when no monitor listens.
    AttachSession(const fs::path& run_dir, const AttachOptions& options);
    AttachSession(AttachSession&&) noexcept;
    ~AttachSession();
    /// Relays until the end, a detach, or the monitor's death: raw mode on a terminal stdin, window size, signals.
    AttachResult run(const ProcessIdentity& process);
    /// Tells the monitor that the container is settled: it leaves without executing its exit_command.
    void settled();

private:
    struct Connection;
    std::unique_ptr<Connection> connection_;
};

/// "ctrl-p,ctrl-q" to bytes. Throws Error{Invalid}.
std::string parse_detach_keys(std::string_view keys);

}  // namespace skiff::oci::monitor
