#pragma once
/// The OCI runtime as the engine sees it: one interface, two implementations.
/// ExternalRuntime drives any runc-compatible program; the embedded runtime (native/) is called in process.
///
/// Source: runtime-spec, runtime.md (operations, lifecycle) and the command line that runc defined.

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "util/process.h"

namespace skiff::oci {

namespace fs = std::filesystem;

/// Lifecycle as the runtime reports it. Source: runtime-spec, runtime.md, State.
enum class Status { Creating, Created, Running, Paused, Stopped };

struct RuntimeState {
    Status status = Status::Stopped;
    pid_t pid = 0;  ///< of init in our PID namespace; 0 once it is gone
};

/// The three standard descriptors of the new process. -1: /dev/null.
struct Stdio {
    int in = -1;
    int out = -1;
    int err = -1;
};

struct CreateRequest {
    std::string id;
    fs::path bundle;  ///< holds config.json; root.path in it is mounted already
    const nlohmann::json* spec = nullptr;  ///< what config.json says, by who wrote it or will: spares reading it
    /// Completes `spec` by its linux.seccomp, writes config.json and gives back its text. Called once a create(): by an external runtime at the
    /// beginning of create(), by the embedded one when init is at work already. Empty: both are complete.
    std::function<std::string()> complete;
    Stdio stdio;      ///< ignored when the spec asks for a terminal
    /// With process.terminal: a listening-side UNIX socket path that gets the pty master by SCM_RIGHTS.
    std::optional<fs::path> console_socket;
    int preserve_fds = 0;  ///< descriptors 3 .. 3+n-1 are passed to init
    bool systemd_cgroup = false;
    /// Told of init as soon as it and its namespaces exist, while it is still being set up; a create that fails afterwards has
    /// ended it. The embedded runtime only: an external one tells of init by create()'s result.
    std::function<void(pid_t)> born;
};

struct ExecRequest {
    std::string id;
    fs::path process_file;  ///< JSON of the spec's `process` object
    const nlohmann::json* process = nullptr;  ///< what it says, by who just wrote it: spares reading it
    Stdio stdio;
    std::optional<fs::path> console_socket;
    int preserve_fds = 0;
    std::string cgroup;  ///< sub-cgroup, empty: the container's
    // The embedded runtime only:
    bool ends_with_caller = false;    ///< SIGKILL for the process when the calling one ends first (not after a set-user-ID program)
    std::function<void(pid_t)> born;  ///< told of the process while that is set up; its program starts when this returns, and a throw ends it
};

/// Every function throws Error: CommandNotFound and CannotExecute when the container's own program is at fault
/// (exit status 127 and 126), NotFound for an unknown container, WrongState, System for the rest. Messages never
/// name the runtime's internals; one sentence, the object and the reason.
class OciRuntime {
public:
    virtual ~OciRuntime() = default;

    /// "crun", "runc", "skiff": as shown by inspect.
    virtual std::string name() const = 0;
    /// The program's path; "(embedded)" for the native one.
    virtual fs::path path() const = 0;
    virtual std::string version() const = 0;

    /// Creates the container; init waits for start(). Gives back init's pid. The caller must be a child subreaper
    /// (PR_SET_CHILD_SUBREAPER) when it wants to be init's parent. On failure nothing of the container remains.
    virtual pid_t create(const CreateRequest& request) = 0;
    virtual void start(const std::string& id) = 0;
    virtual RuntimeState state(const std::string& id) = 0;
    /// To init, or with `all` to every process of the container's cgroup. Succeeds quietly when they are gone.
    virtual void kill(const std::string& id, int signal, bool all) = 0;
    /// Removes what the runtime keeps (state, cgroup). With `force` kills first. Absent is fine.
    virtual void remove(const std::string& id, bool force) = 0;
    /// True when nothing of the container runs, is mounted or has yet to be run once init has ended, so that its storage may go before
    /// remove(). Never with an external runtime. Does not throw.
    virtual bool ends_with_init(const std::string& id) noexcept { return static_cast<void>(id), false; }
    /// Of remove() what takes longest, for another process than the one that is about to call that: both at once are fine. Nothing with an
    /// external runtime. Does not throw.
    virtual void remove_cgroup(const std::string& id) noexcept { static_cast<void>(id); }
    /// Starts a further process and gives back its pid; the caller (a subreaper) becomes its parent.
    virtual pid_t exec(const ExecRequest& request) = 0;
    virtual void pause(const std::string& id) = 0;
    virtual void resume(const std::string& id) = 0;
    /// `resources`: the spec's linux.resources object.
    virtual void update(const std::string& id, const nlohmann::json& resources) = 0;
};

struct ExternalOptions {
    fs::path program;                 ///< absolute, or a name for PATH
    fs::path state_dir;               ///< the runtime's own --root, below RUNROOT
    std::vector<std::string> flags;   ///< --runtime-flag, in front of the command
};
std::unique_ptr<OciRuntime> make_external_runtime(const ExternalOptions& options);

}  // namespace skiff::oci
