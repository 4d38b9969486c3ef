#pragma once
/// When to look how the container is: executes a command at a time that a file says, and again when the file says so.
///
/// The file run_dir/probe holds the milliseconds until the next time, counted from now, or from the end of the command while
/// it runs. Whoever changes it tells the monitor by SIGCHLD, which it looks out for anyway. No file: nothing is due, nothing
/// is held. 0 ms means at once; "never" is the absence of the file.

#include <string>
#include <vector>

#include "oci/monitor/background.h"
#include "util/poller.h"
#include "util/fd.h"

namespace skiff::oci::monitor {

class ProbeTimer {
public:
    ProbeTimer(Poller& poller, std::string file, const std::vector<std::string>& command, const Background& background);

    /// After SIGCHLD, and after what ended was reaped: the command may have ended, the file may have changed.
    void look();
    /// The time has come: starts the command.
    void on_time();

private:
    bool has_ended();
    void read_file();
    void arm(std::int64_t milliseconds);

    Poller& poller_;
    std::string file_;
    const std::vector<std::string>& command_;
    const Background& background_;
    UniqueFd timer_;
    pid_t running_ = 0;
    std::string seen_;  ///< the file's inode and time, so that another SIGCHLD does not start the count again
};

}  // namespace skiff::oci::monitor
