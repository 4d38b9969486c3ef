#pragma once
/// The launcher: the process between the CLI and the monitor. Forked, it leaves the caller's session, prepares the
/// world (mount namespace, streams), has the OCI runtime create the process, reports, and becomes the monitor by
/// executing the binary again: the same pid throughout, so the container's process stays its child.
///
/// It is bounded by its caller: when nobody reads its report any more, it undoes its work and ends.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/monitor/monitor.h"
#include "util/fd.h"
#include "util/process.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// What the launcher tells its caller.
struct LaunchReport {
    ProcessIdentity process;  ///< init, or the exec'd process
    ProcessIdentity monitor;
    std::string oci_runtime;
    std::vector<std::string> refused;  ///< runtimes that refused the host's cgroups, in order
};

/// The launcher's end of the conversation, in the child.
class LauncherChannel {
public:
    explicit LauncherChannel(UniqueFd socket) : socket_{std::move(socket)} {}
    int fd() const noexcept { return socket_.get(); }
    /// False when the caller is gone.
    bool report(const LaunchReport& report) const;
    /// Ahead of the report: the process exists, with its namespaces, and is being set up. At most once.
    void announce(const ProcessIdentity& process) const;
    void report_error(const std::exception& error) const noexcept;

private:
    UniqueFd socket_;
};

/// Whose cgroup the launcher, and with it the monitor, lives in.
enum class LauncherCgroup {
    Own,      ///< the monitors' (util/monitor_cgroup.h)
    Callers,  ///< --cgroups no-conmon, disabled, split
};

/// For --cgroups `mode`.
inline LauncherCgroup launcher_cgroup_for(std::string_view mode) {
    return mode == "enabled" ? LauncherCgroup::Own : LauncherCgroup::Callers;
}

/// The caller's end. Killed with its process group of descendants unless the report came.
class [[nodiscard]] Launch {
public:
    /// Forks. `body` runs in the child, which has a session of its own, default signals, no descriptors of the caller but
    /// `keep` (numbers stay) and the channel, /dev/null as standard streams, is a child subreaper, and has written
    /// "<pid> <start>" to `run_dir`/launcher. `body` ends in become_monitor(); an exception from it is reported.
    Launch(const fs::path& run_dir, LauncherCgroup cgroup, std::vector<int> keep, const std::function<void(LauncherChannel&)>& body);
    Launch(Launch&&) noexcept = default;
    ~Launch();

    /// The process that the launcher announces; nullopt when it reports or fails without having announced one.
    std::optional<ProcessIdentity> wait_announced();
    /// Throws what the launcher reports, or that it died. Prints the warnings of the launcher, which has no standard error.
    LaunchReport wait_report();

private:
    std::string receive();
    ChildProcess child_;
    UniqueFd socket_;
    std::string received_;  ///< a report that wait_announced() met
};

/// The process recorded in `run_dir`/launcher, when it still runs.
ProcessIdentity recorded_launcher(const fs::path& run_dir);

}  // namespace skiff::libpod
