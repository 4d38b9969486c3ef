#include "oci/native/init.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "oci/native/hooks.h"
#include "oci/native/console.h"
#include "oci/native/kernel.h"
#include "oci/native/names.h"
#include "oci/native/process_setup.h"
#include "oci/native/procfs.h"
#include "oci/native/rootfs.h"
#include "oci/native/sysctl.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

bool has_label(const Process& process) { return !process.apparmor_profile.empty() || !process.selinux_label.empty(); }

void join_cgroup_namespace(const std::string& path) {
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd || ::setns(fd.get(), CLONE_NEWCGROUP) != 0) throw SystemError{errno, concat("joining the cgroup namespace ", quote(path))};
}

/// One container's set-up, in order.
class Init {
public:
    explicit Init(InitPlan& plan) : plan_{plan}, spec_{*plan.spec}, rootfs_{plan} {}

    [[noreturn]] void run() {
        settle_user();
        ::setsid();
        ::umask(0);
        set_process_attributes();
        if (plan_.mount_namespace && ::setns(plan_.mount_namespace.get(), CLONE_NEWNS) != 0) {
            throw SystemError{errno, "joining the mount namespace"};
        }
        if (spec_.find_namespace(CLONE_NEWUTS) != nullptr) set_host_names(spec_);
        if (spec_.makes_namespace(CLONE_NEWNET)) bring_loopback_up();
        UniqueFd terminal = build_rootfs();
        run_runtime_hooks();
        UniqueFd proc = procfs();
        write_sysctls(proc.get(), spec_.lnx.sysctl);
        rootfs_.restrict();
        rootfs_.enter();
        if (!has_label(*plan_.process)) proc.reset();
        detail::become_program(plan_, *preparation_, std::move(terminal), std::move(proc), keep_groups_);
    }

private:
    /// For labels and sysctls. A label is written by the stub, later and by path: then one that nothing is mounted on.
    UniqueFd procfs() {
        if (has_label(*plan_.process)) return open_private_procfs();
        if (spec_.lnx.sysctl.empty()) return {};
        const bool covered = std::any_of(spec_.mounts.begin(), spec_.mounts.end(), [](const Mount& mount) {
            return std::filesystem::path{concat("/", mount.destination)}.lexically_normal().native().starts_with("/proc/");
        });
        return plan_.own_proc && !covered ? std::move(plan_.own_proc) : open_private_procfs();
    }

    void settle_user() {
        keep_groups_ = spec_.keep_original_groups;
        if (spec_.find_namespace(CLONE_NEWUSER) == nullptr) return;
        plan_.channel.expect(Note::Mapped);
        enter_cgroups();  // while this is still the host's root, who may write there
        keep_groups_ = become_namespace_root(spec_.keep_original_groups);
    }

    void set_process_attributes() {
        const Process& process = *plan_.process;
        if (!plan_.no_new_keyring) join_session_keyring(concat("_ses.", plan_.id.substr(0, 200)));
        if (process.scheduler) set_scheduler(*process.scheduler);
        if (process.io_priority) set_io_priority(*process.io_priority);
        if (spec_.lnx.personality) set_personality(*spec_.lnx.personality);
        if (spec_.lnx.memory_policy) set_memory_policy(*spec_.lnx.memory_policy);
    }

    /// The runtime makes the cgroups while mounts are made here; they meet before the first cgroup mount.
    void enter_cgroups() {
        if (preparation_) return;
        preparation_ = unpack_preparation(plan_.channel.expect(Note::Prepared));
        plan_.cgroup->enter(!plan_.unified_entered);
        const Namespace* cgroups = spec_.find_namespace(CLONE_NEWCGROUP);
        if (cgroups == nullptr) return;
        if (!cgroups->path.empty()) join_cgroup_namespace(cgroups->path);
        else if (::unshare(CLONE_NEWCGROUP) != 0) throw SystemError{errno, "making a cgroup namespace"};
    }

    UniqueFd build_rootfs() {
        rootfs_.attach_root();
        rootfs_.make_mounts([this] { enter_cgroups(); });
        enter_cgroups();
        rootfs_.make_devices();
        return plan_.process->terminal ? rootfs_.make_console() : UniqueFd{};
    }

    void run_runtime_hooks() {
        if (!spec_.hooks.prestart.empty() || !spec_.hooks.create_runtime.empty()) {
            plan_.channel.send(Note::AwaitHooks);
            plan_.channel.expect(Note::HooksDone);
        }
        run_hooks("createContainer", spec_.hooks.create_container, preparation_->state);
    }

    InitPlan& plan_;
    const Spec& spec_;
    Rootfs rootfs_;
    std::optional<Preparation> preparation_;
    bool keep_groups_ = false;
};

/// The only place where a child's failure is turned into a message and an end.
template <typename Work>
[[noreturn]] void report_and_leave(const InitPlan& plan, Work&& work) noexcept {
    try {
        work();
    } catch (const Error& error) {
        plan.channel.send_failure(error);
    } catch (const std::exception& error) {
        plan.channel.send_failure(Error{ErrorKind::System, error.what()});
    }
    ::_exit(1);
}

/// Kernels before 5.8: a descriptor of each namespace, all opened while /proc is still the host's.
void join_one_by_one(const JoinPlan& join) {
    const int order[] = {CLONE_NEWUSER, CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWNET, CLONE_NEWTIME, CLONE_NEWNS};
    const UniqueFd proc = open_host_procfs();
    std::vector<std::pair<int, UniqueFd>> opened;
    for (const int flag : order) {
        if ((join.flags & flag) == 0) continue;
        UniqueFd fd{::openat(proc.get(), concat(join.pid, "/ns/", namespace_file(flag)).c_str(), O_RDONLY | O_CLOEXEC)};
        if (!fd) throw SystemError{errno, concat("opening the container's ", namespace_file(flag), " namespace")};
        opened.emplace_back(flag, std::move(fd));
    }
    for (const auto& [flag, fd] : opened) {
        if (::setns(fd.get(), flag) != 0) throw SystemError{errno, concat("joining the container's ", namespace_file(flag), " namespace")};
    }
}

void join_namespaces(const JoinPlan& join) {
    if (join.flags == 0 || (join.pidfd >= 0 && ::setns(join.pidfd, join.flags) == 0)) return;
    if (join.pidfd >= 0 && errno != EINVAL && errno != ENOSYS) throw SystemError{errno, "joining the container's namespaces"};
    join_one_by_one(join);
}

/// A container that was not pivoted has its root by chroot: a process that joins must not see what is above.
void enter_root(int root) {
    if (root < 0) return;
    if (::fchdir(root) != 0 || ::chroot(".") != 0) throw SystemError{errno, "entering the container's root directory"};
}

bool is_used(const InitPlan& plan, int fd) {
    return !plan.process->terminal && (fd == plan.stdio.in || fd == plan.stdio.out || fd == plan.stdio.err);
}

/// Before the container's processes can see this one. Its standard descriptors are the program's in the end, or nobody's.
void close_what_is_the_callers(const InitPlan& plan, const JoinPlan& join) {
    std::vector<int> needed{plan.channel.fd(), plan.stub.get(), plan.result.get(), plan.host_null.get(), plan.console_socket.get(),
                            plan.notify_socket.get(), plan.gate.get(), plan.stdio.in, plan.stdio.out, plan.stdio.err, join.pidfd, join.root};
    for (int fd = 3; fd < 3 + plan.preserve_fds; ++fd) needed.push_back(fd);
    close_all_except(std::move(needed));
    for (int fd = 0; fd < 3; ++fd) {
        if (!is_used(plan, fd) && ::dup2(plan.host_null.get(), fd) < 0) throw SystemError{errno, "closing the caller's descriptors"};
    }
}

}  // namespace

void run_init(InitPlan& plan) noexcept {
    report_and_leave(plan, [&] { Init{plan}.run(); });
}

void run_exec(InitPlan& plan, const JoinPlan& join) noexcept {
    report_and_leave(plan, [&] {
        // A caller that ended before this is met at the channel.
        if (plan.ends_with_caller) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        close_what_is_the_callers(plan, join);
        ::setsid();
        const Process& process = *plan.process;
        if (process.exec_cpu_affinity) set_cpu_affinity(process.exec_cpu_affinity->initial);
        plan.cgroup->enter(!plan.unified_entered);
        const Preparation preparation = unpack_preparation(plan.channel.expect(Note::Prepared));
        join_namespaces(join);
        enter_root(join.root);
        const bool keep_own = plan.spec->keep_original_groups;
        const bool keep_groups = join.user_namespace ? become_namespace_root(keep_own) : keep_own;
        if (!plan.no_new_keyring) join_session_keyring(concat("_ses.", plan.id.substr(0, 200)));
        if (process.scheduler) set_scheduler(*process.scheduler);
        if (process.io_priority) set_io_priority(*process.io_priority);
        if (process.exec_cpu_affinity) set_cpu_affinity(process.exec_cpu_affinity->final);
        if (plan.spec->lnx.personality) set_personality(*plan.spec->lnx.personality);
        if (plan.spec->lnx.memory_policy) set_memory_policy(*plan.spec->lnx.memory_policy);
        UniqueFd terminal;
        if (process.terminal) {
            const UniqueFd root{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
            terminal = detail::open_exec_terminal(root.get(), plan);
        }
        UniqueFd proc = has_label(process) ? open_private_procfs() : UniqueFd{};
        detail::become_program(plan, preparation, std::move(terminal), std::move(proc), keep_groups);
    });
}

}  // namespace skiff::oci::native
