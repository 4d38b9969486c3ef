#include "libpod/waiting_commands.h"

#include <signal.h>

#include <vector>

#include "oci/monitor/blocked_parents.h"
#include "util/process.h"

namespace skiff::libpod {
namespace {

/// SIGKILL is a matter of milliseconds; who then still does not go is held up.
constexpr std::chrono::seconds kUsually{1};

void kill_waiting_commands(const Runtime& runtime, const ContainerRow& row) {
    std::vector<ProcessIdentity> recorded;
    for (const auto& session : read_execs(runtime.db(), row.id)) recorded.push_back(session.monitor);
    oci::monitor::end_blocked_parents(row.state.init, recorded);
}

}  // namespace

void wake_waiting_commands(const Runtime& runtime, const std::string& container_id) {
    for (const auto& session : read_execs(runtime.db(), container_id)) {
        if (const UniqueFd pidfd = open_pidfd(session.monitor)) send_signal(pidfd.get(), SIGCONT);
    }
}

bool wait_for_killed(const Runtime& runtime, const ContainerRow& row, int pidfd, std::chrono::seconds patience) {
    if (wait_for_exit(pidfd, kUsually)) return true;
    kill_waiting_commands(runtime, row);
    return wait_for_exit(pidfd, patience - kUsually);
}

}  // namespace skiff::libpod
