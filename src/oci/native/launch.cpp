#include "oci/native/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oci/native/kernel.h"
#include "oci/native/namespace_visit.h"
#include "oci/native/procfs.h"
#include "oci/native/user_namespace.h"
#include "util/log.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

/// Nobody in the container may look into or trace the child between its birth and the stub (CVE-2016-9962): it inherits
/// this.
class [[nodiscard]] NotDumpable {
public:
    NotDumpable() noexcept : before_{::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)} { ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
    NotDumpable(const NotDumpable&) = delete;
    NotDumpable& operator=(const NotDumpable&) = delete;
    ~NotDumpable() {
        if (before_ == 1) ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    }

private:
    int before_;
};

pid_t clone_with(std::uint64_t flags, int cgroup_fd, InitPlan* plan) {
    clone_args args{};
    args.flags = flags;
    args.exit_signal = SIGCHLD;
    if (plan != nullptr) plan->unified_entered = cgroup_fd >= 0;
    if (cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<std::uint64_t>(cgroup_fd);
    }
    const pid_t pid = kernel::clone3(args);
    if (pid >= 0 || (errno != ENOSYS && errno != E2BIG && errno != EINVAL && errno != EOPNOTSUPP && errno != EBUSY)) return pid;
    // No clone3(2), or none that enters a cgroup: the child then goes there itself.
    if (plan != nullptr) plan->unified_entered = false;
    return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

/// Namespaces that the clone makes. The cgroup namespace comes later, when the process is in its cgroup.
std::uint64_t new_namespaces(const Spec& spec) {
    std::uint64_t flags = 0;
    for (const int flag : {CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWNET, CLONE_NEWUSER}) {
        if (spec.makes_namespace(flag)) flags |= static_cast<std::uint64_t>(flag);
    }
    return flags;
}

/// Namespaces by path that a child is born into when this process visits them.
void visit_named(NamespaceVisit& visit, const Spec& spec) {
    for (const Namespace& entry : spec.lnx.namespaces) {
        if (entry.path.empty() || entry.flag == CLONE_NEWNS || entry.flag == CLONE_NEWUSER || entry.flag == CLONE_NEWCGROUP) continue;
        visit.join(entry);
    }
    if (spec.makes_namespace(CLONE_NEWTIME)) visit.make_time_namespace(spec.lnx.time_offsets);
}

/// A user namespace cannot be left again, so a helper joins it and clones init as its own sister.
pid_t clone_in_user_namespace(Launch& launch, const Namespace& user, std::uint64_t flags) {
    const UniqueFd fd{::open(user.path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) throw SystemError{errno, concat("opening namespace ", quote(user.path))};
    Pipe answer = make_pipe();
    const pid_t helper = clone_with(0, -1, nullptr);
    if (helper < 0) throw SystemError{errno, "starting a process"};
    if (helper == 0) {
        pid_t pid = -1;
        if (::setns(fd.get(), CLONE_NEWUSER) == 0) pid = clone_with(flags | CLONE_PARENT, -1, &launch.plan);
        if (pid == 0) {
            launch.runtime_side.close();
            run_init(launch.plan);
        }
        const pid_t result = pid > 0 ? pid : -errno;
        ::_exit(::write(answer.write_end.get(), &result, sizeof result) == sizeof result ? 0 : 1);
    }
    answer.write_end.reset();
    pid_t pid = -EPIPE;
    if (::read(answer.read_end.get(), &pid, sizeof pid) != sizeof pid) pid = -EPIPE;
    ChildProcess{helper}.wait();
    if (pid < 0) throw SystemError{-pid, concat("joining the user namespace ", quote(user.path))};
    return pid;
}

pid_t clone_init(Launch& launch) {
    const Spec& spec = *launch.plan.spec;
    const NotDumpable guard;
    NamespaceVisit visit;
    visit_named(visit, spec);
    const Namespace* user = spec.find_namespace(CLONE_NEWUSER);
    if (user != nullptr && !user->path.empty()) {
        return clone_in_user_namespace(launch, *user, new_namespaces(spec));
    }
    const pid_t pid = clone_with(new_namespaces(spec), launch.cgroup_fd, &launch.plan);
    if (pid == 0) {
        launch.runtime_side.close();
        run_init(launch.plan);
    }
    if (pid < 0) throw SystemError{errno, "cloning the container's init process"};
    return pid;
}

void write_user_mappings(pid_t pid, const Spec& spec, const Channel& channel) {
    if (spec.find_namespace(CLONE_NEWUSER) == nullptr) return;
    if (spec.makes_namespace(CLONE_NEWUSER)) write_mappings(pid, spec.lnx.uid_mappings, spec.lnx.gid_mappings);
    channel.send(Note::Mapped);
}

void set_oom_score(pid_t pid, const Process& process) {
    if (!process.oom_score_adj) return;
    const UniqueFd proc = open_host_procfs();
    try {
        write_in_procfs(proc.get(), concat(pid, "/oom_score_adj"), std::to_string(*process.oom_score_adj));
    } catch (const SystemError& error) {
        if (error.code() != EACCES && error.code() != EPERM) throw;
        log::debug(concat("oomScoreAdj below this process's own needs CAP_SYS_RESOURCE: ", error.what(), ", ignoring"));
    }
}

/// Closes what only the child needs, so that its end is seen.
void close_child_side(InitPlan& plan) {
    plan.channel.close();
    plan.root.reset();
    plan.mounts.clear();
    plan.result.reset();
}

/// From Ready to the end of file: the stub has replaced the child's image, or the child says why not.
void await_stub(const Launch& launch) {
    Packet packet;
    bool ready = false;
    while (launch.runtime_side.receive(packet)) {
        if (packet.note == Note::Failed) rethrow(packet.text);
        if (packet.note == Note::AwaitHooks) {
            if (launch.runtime_hooks) launch.runtime_hooks();
            launch.runtime_side.send(Note::HooksDone);
        }
        if (packet.note == Note::Ready) ready = true;
    }
    if (!ready) throw Error{ErrorKind::System, "the container's init process ended unexpectedly"};
}

/// Runs what the runtime does beside the child. When that fails because the child went, what the child said is the reason.
template <typename Work>
void beside(const Launch& launch, const ChildProcess& child, Work&& work) {
    try {
        work();
    } catch (const SystemError& error) {
        if (error.code() != EPIPE && error.code() != ESRCH && error.code() != ENOENT) throw;
        ::kill(child.pid(), SIGKILL);  // it may be well and waiting: the failure was this side's own
        Packet packet;
        while (launch.runtime_side.receive(packet)) {
            if (packet.note == Note::Failed) rethrow(packet.text);
        }
        throw;
    }
}

void guide(Launch& launch, const ChildProcess& child) {
    beside(launch, child, [&] {
        write_user_mappings(child.pid(), *launch.plan.spec, launch.runtime_side);
        set_oom_score(child.pid(), *launch.plan.process);
        launch.runtime_side.send(Note::Prepared, pack(launch.prepare(child.pid())));
    });
    await_stub(launch);
}

}  // namespace

namespace {

/// The init process is still that of the pidfd when its namespace has been opened: the pid was not reused meanwhile.
void visit_pid_namespace(NamespaceVisit& visit, const JoinPlan& join) {
    const UniqueFd proc = open_host_procfs();
    const UniqueFd fd{::openat(proc.get(), concat(join.pid, "/ns/pid").c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd || wait_for_exit(join.pidfd, std::chrono::milliseconds{0})) {
        throw Error{ErrorKind::WrongState, "the container is not running"};
    }
    visit.join(fd.get(), CLONE_NEWPID, "of the container");
}

}  // namespace

pid_t launch_init(Launch& launch) {
    ChildProcess child{clone_init(launch)};
    close_child_side(launch.plan);
    launch.plan.gate.reset();
    guide(launch, child);
    return child.detach();
}

pid_t launch_exec(Launch& launch, const JoinPlan& join) {
    pid_t pid = -1;
    {
        const NotDumpable guard;
        NamespaceVisit visit;
        if (launch.plan.spec->find_namespace(CLONE_NEWPID) != nullptr) visit_pid_namespace(visit, join);
        pid = clone_with(0, launch.cgroup_fd, &launch.plan);
        if (pid == 0) {
            launch.runtime_side.close();
            run_exec(launch.plan, join);
        }
        if (pid < 0) throw SystemError{errno, "cloning a process into the container"};
    }
    ChildProcess child{pid};
    close_child_side(launch.plan);
    beside(launch, child, [&] {
        set_oom_score(pid, *launch.plan.process);
        launch.runtime_side.send(Note::Prepared, pack(launch.prepare(pid)));
    });
    if (launch.born) {
        launch.born(pid);
        write_all(launch.gate.get(), "1", "the start gate");
    }
    launch.plan.gate.reset();  // till now, so that somebody could read it
    await_stub(launch);
    return child.detach();
}

}  // namespace skiff::oci::native
