#pragma once
/// The embedded OCI runtime: containers below a root directory.
///
/// ROOT/<id>/ (0700) holds config.json (the spec as given), state.json (record.h) and the start FIFOs (start_gate.h).
/// Where cgroups are mounted read-only (in a container that is not privileged) a container has none: it stays in its creator's, may have no
/// limits, and must have a PID namespace, which is what ends all of its processes then.
/// What a container is doing is always asked of the kernel. Operations on one container from several processes are safe:
/// each is one atomic step, or is done under a lock on its directory. Throws InvalidId, IdInUse, ConfigInvalid,
/// NotExists (errors.h) and Error as OciRuntime says.

#include <functional>
#include <memory>
#include <optional>

#include "oci/native/cgroup/cgroup.h"
#include "oci/native/init_plan.h"
#include "oci/native/record.h"
#include "oci/native/spec.h"
#include "oci/runtime.h"

namespace skiff::oci::native {

/// A config.json whose seccomp profile took longer to make than the rest.
struct CompletedConfig {
    std::string text;
    std::optional<Seccomp> seccomp;  ///< without a listener: that is connected before init is born
};

struct CreateOptions {
    std::filesystem::path bundle;  ///< absolute
    StdioFds stdio;
    std::string console_socket;    ///< path of a listening UNIX socket; needed with process.terminal
    int preserve_fds = 0;
    bool systemd_cgroup = false;
    bool no_pivot = false;
    bool no_new_keyring = false;
    std::string shared_directory;  ///< made (0755) in the container's own directory: a source for its mounts
    std::function<void(pid_t)> born;  ///< as CreateRequest's
    std::function<CompletedConfig()> complete;  ///< what the spec given lacks yet, asked for once, when init is born
};

struct ExecOptions {
    StdioFds stdio;
    std::string console_socket;
    int preserve_fds = 0;
    std::string cgroup;  ///< below the container's; empty: the container's
    bool ignore_paused = false;  ///< a paused container takes it too; the process runs once it is resumed
    bool ends_with_caller = false;    ///< the process is killed when the calling one ends first
    std::function<void(pid_t)> born;  ///< told of the process while that sets itself up, before the program runs; a throw ends it
};

/// One container that exists.
class Container {
public:
    Container(UniqueFd directory, Record record, std::string cache);

    const std::string& id() const noexcept { return record_.id; }
    const Record& record() const noexcept { return record_; }
    /// The spec, read on first use.
    const Spec& spec();
    cgroup::Cgroup cgroup() const;

    Status status() const;
    pid_t pid() const;  ///< of init; 0 once it is gone
    /// The `state` document of the runtime spec.
    std::string state_json();

    /// Returns once the user's program runs.
    void start();
    /// Throws Error{WrongState} when init is gone.
    void kill(int signal, bool all);
    /// Gives back the pid of the process, our child, which runs the program by then.
    pid_t exec(const Process& process, const ExecOptions& options);
    /// A container that was not started may be paused too: it cannot be started before it is resumed.
    void pause();
    void resume();
    void update(const Resources& resources);
    std::vector<pid_t> processes() const;

private:
    /// Read once: hierarchies do not come and go within a command.
    const cgroup::Layout& layout() const;
    bool paused_before_start() const;
    void require(std::initializer_list<Status> allowed, const char* what) const;
    void require_cgroup(const char* what) const;

    UniqueFd directory_;
    Record record_;
    std::string cache_;
    std::optional<Spec> spec_;
    mutable std::optional<cgroup::Layout> layout_;
};

class Factory {
public:
    /// Makes the root (0700) when it is first needed.
    explicit Factory(std::filesystem::path root) : root_{std::move(root)} {}

    /// `config_json` is kept as ROOT/<id>/config.json; `spec` is what it says. Init is our child and waits for start().
    Container create(const std::string& id, const Spec& spec, std::string_view config_json, const CreateOptions& options);
    /// Throws NotExists.
    Container load(const std::string& id) const;
    /// Kills what runs when `force` is set or the container was never started, removes cgroup and directory, runs
    /// poststop hooks. A half-made container is removed too. Throws NotExists, Error{WrongState}.
    void remove(const std::string& id, bool force);
    std::vector<std::string> list() const;

private:
    std::string cache() const { return root_ / "@cache"; }

    std::filesystem::path root_;
};

/// The embedded runtime behind the engine's interface; `state_dir` is the factory's root.
std::unique_ptr<OciRuntime> make_native_runtime(const std::filesystem::path& state_dir);

}  // namespace skiff::oci::native
