#include "util/monitor_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/fd.h"

namespace skiff {
namespace {

/// Where cgroup v2 is on unified and on hybrid hosts; nothing when it is elsewhere.
UniqueFd open_unified_hierarchy() {
    for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        UniqueFd dir{::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)};
        struct statfs status {};
        if (dir && ::fstatfs(dir.get(), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC) return dir;
    }
    return {};
}

UniqueFd open_monitor_cgroup() {
    constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const UniqueFd top = open_unified_hierarchy();
    if (!top) return {};
    UniqueFd cgroup{::openat(top.get(), "skiff/monitor", kFlags)};
    if (cgroup) return cgroup;
    ::mkdirat(top.get(), "skiff", 0755);
    ::mkdirat(top.get(), "skiff/monitor", 0755);
    return UniqueFd{::openat(top.get(), "skiff/monitor", kFlags)};
}

}  // namespace

pid_t fork_into_monitor_cgroup() {
    const UniqueFd cgroup = open_monitor_cgroup();
    if (!cgroup) return ::fork();
    clone_args arguments{};
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = static_cast<__u64>(cgroup.get());
    const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    return pid >= 0 ? pid : ::fork();
}

bool cgroups_are_read_only() {
    for (const char* file : {"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs", "/sys/fs/cgroup/pids/cgroup.procs"}) {
        if (::access(file, W_OK) != 0 && errno == EROFS) return true;
    }
    return false;
}

}  // namespace skiff
