#pragma once
/// A process whose command waits for it itself: what it reads and writes takes one step less, and its end too. It has no terminal and no log,
/// nobody can attach to it or detach from it, and it ends with its command; all else is a monitor's (monitor.h).

#include <array>
#include <optional>

#include "oci/monitor/client_signals.h"
#include "oci/monitor/output_flow.h"
#include "oci/monitor/stdin_flow.h"
#include "util/fd.h"
#include "util/process.h"

namespace skiff::oci::monitor {

class AttendedProcess {
public:
    /// The command's descriptors: where input comes from and output goes; -1: nowhere. `in` is no terminal. Before the process is forked: from
    /// now on signals (with `proxy` those that can be passed on) and children's ends wait here until run(). SIGTTOU does not stop it.
    AttendedProcess(int in, int out, int err, bool proxy);
    AttendedProcess(const AttendedProcess&) = delete;
    AttendedProcess& operator=(const AttendedProcess&) = delete;
    ~AttendedProcess();

    /// Its ends of the pipes; -1: none. Closed by run(). Their owner is who can open /dev/stdout.
    int in() const noexcept { return their_input_.get(); }
    int out() const noexcept { return outputs_[0].theirs.get(); }
    int err() const noexcept { return outputs_[1].theirs.get(); }
    void give_to(uid_t uid, gid_t gid) const;

    /// Passes on output and signals until `child`, a child of this process, has ended, and reaps it. What it leaves running keeps no one
    /// waiting. A reader that leaves closes the process's pipe, so that SIGPIPE tells it. Throws SystemError when the output cannot be written.
    ExitStatus run(ChildProcess child);

private:
    struct Output {
        UniqueFd theirs;
        std::optional<OutputFlow> flow;
    };

    void open_input(int source);
    void open_output(Output& output, int target);
    void give_input();
    void step(pid_t pid);
    void pump(Output& output);
    void on_signals(pid_t pid);
    bool has_ended(pid_t pid);
    bool is_told() const;

    bool proxy_;
    ClientSignals signals_;
    sigset_t before_{};
    UniqueFd children_;  ///< SIGCHLD
    UniqueFd their_input_;
    std::optional<StdinFlow> input_;
    std::array<Output, 2> outputs_;
};

}  // namespace skiff::oci::monitor
