/// Runs a command under ptrace(2) and hits one system call of one program's processes: the tree's n-th call that
/// changes something outside the process.
///
/// usage: syscall-fault PROGRAM count|kill|stop|ERRNO N COMMAND...
///
/// Only processes that execute PROGRAM (the CLI, its launcher, the monitor) are traced; what they execute besides is let
/// go. `count` runs to the end and prints how many calls there were to standard error. `kill` sends SIGKILL before the
/// N-th is carried out; an errno name makes it fail with that error. The exit status is that of COMMAND (128 + signal).
/// Tracing goes on for a while after COMMAND has ended, to reach the monitor; then everything left is let go.

#include <errno.h>
#include <linux/limits.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <set>
#include <string>
#include <unordered_map>

namespace {

constexpr long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                          PTRACE_O_TRACEEXEC;
/// How long after the command's end the remaining processes are watched, in units of 10 ms without any event.
constexpr int kIdleRounds = 50;

/// Calls that change files, mounts, processes or namespaces.
const std::set<long> kChanging = {
    SYS_write,      SYS_pwrite64,   SYS_writev,     SYS_mkdir,      SYS_mkdirat,    SYS_rename,     SYS_renameat,
    SYS_renameat2,  SYS_unlink,     SYS_unlinkat,   SYS_rmdir,      SYS_symlink,    SYS_symlinkat,  SYS_link,
    SYS_linkat,     SYS_ftruncate,  SYS_fallocate,  SYS_fsync,      SYS_fdatasync,  SYS_syncfs,     SYS_mount,
    SYS_umount2,    SYS_fsopen,     SYS_fsmount,    SYS_move_mount, SYS_open_tree,  SYS_mount_setattr, SYS_fchown,
    SYS_fchmod,     SYS_fchmodat,   SYS_fchownat,   SYS_chmod,      SYS_chown,      SYS_clone,      SYS_clone3,
    SYS_fork,       SYS_vfork,      SYS_execve,     SYS_execveat,   SYS_unshare,    SYS_setns,      SYS_kill,
    SYS_pidfd_send_signal,          SYS_flock,      SYS_mknodat,    SYS_mknod,      SYS_bind,       SYS_listen,
    SYS_connect,    SYS_sendmsg,    SYS_sendto,     SYS_setsid,     SYS_utimensat,  SYS_fsetxattr,  SYS_setxattr,
    SYS_lsetxattr,  SYS_copy_file_range,            SYS_sendfile,   SYS_splice,     SYS_pivot_root, SYS_dup3,
    SYS_socket,     SYS_pipe2,      SYS_memfd_create,               SYS_openat,     SYS_openat2,    SYS_open,
};

struct Tracee {
    bool attached = false;  ///< its first stop was seen and the options are set
    bool in_call = false;   ///< between entry and exit of a system call
    int fail_with = 0;      ///< errno to put in place of the result at the exit
};

struct Plan {
    std::string program;
    std::string action;
    long at = 0;
    int error = 0;
};

std::unordered_map<pid_t, Tracee> tracees;
long visited = 0;

int errno_of(const std::string& name) {
    if (name == "ENOSPC") return ENOSPC;
    if (name == "EIO") return EIO;
    if (name == "EBUSY") return EBUSY;
    if (name == "ENOSYS") return ENOSYS;
    if (name == "EMFILE") return EMFILE;
    return 0;
}

std::string executable_of(pid_t pid) {
    char target[PATH_MAX];
    const auto link = "/proc/" + std::to_string(pid) + "/exe";
    const auto length = readlink(link.c_str(), target, sizeof target);
    return length > 0 ? std::string(target, static_cast<size_t>(length)) : std::string{};
}

void let_go(pid_t pid, int signal) {
    ptrace(PTRACE_DETACH, pid, nullptr, signal);
    tracees.erase(pid);
}

/// Opening without O_CREAT changes nothing.
bool changes_something(const user_regs_struct& regs) {
    const long call = static_cast<long>(regs.orig_rax);
    if (call == SYS_openat) return (regs.rdx & 0100) != 0;
    if (call == SYS_open) return (regs.rsi & 0100) != 0;
    return kChanging.count(call) != 0;
}

void hit(pid_t pid, Tracee& tracee, user_regs_struct& regs, const Plan& plan) {
    if (plan.action == "kill") kill(pid, SIGKILL);
    else if (plan.action == "stop") kill(pid, SIGSTOP);
    else if (plan.error != 0) {
        tracee.fail_with = plan.error;
        regs.orig_rax = static_cast<unsigned long long>(-1);  // no such call: nothing is done
        ptrace(PTRACE_SETREGS, pid, nullptr, &regs);
    }
}

void on_call(pid_t pid, Tracee& tracee, const Plan& plan) {
    user_regs_struct regs{};
    if (ptrace(PTRACE_GETREGS, pid, nullptr, &regs) != 0) return;
    tracee.in_call = !tracee.in_call;
    if (tracee.in_call) {
        if (changes_something(regs) && ++visited == plan.at) hit(pid, tracee, regs, plan);
    } else if (tracee.fail_with != 0) {
        regs.rax = static_cast<unsigned long long>(-tracee.fail_with);
        ptrace(PTRACE_SETREGS, pid, nullptr, &regs);
        tracee.fail_with = 0;
    }
}

void on_stop(pid_t pid, int status, const Plan& plan) {
    Tracee& tracee = tracees[pid];
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    int deliver = 0;
    if (signal == (SIGTRAP | 0x80)) {
        on_call(pid, tracee, plan);
    } else if (event == PTRACE_EVENT_EXEC) {
        tracee.in_call = true;  // the exit of execve follows
        if (executable_of(pid) != plan.program) return let_go(pid, 0);
    } else if (event == 0 && !tracee.attached && signal == SIGSTOP) {
        tracee.attached = true;  // a new child's first stop
    } else if (event == 0) {
        deliver = signal;
    }
    ptrace(PTRACE_SYSCALL, pid, nullptr, deliver);
}

pid_t start(char** command) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

/// The next event of any tracee; 0 after 10 ms without one, -1 when there is none left.
pid_t next_event(int& status) {
    for (int round = 0; round < 10; ++round) {
        const pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);
        if (pid != 0) return pid;
        const timespec pause{0, 1'000'000};
        nanosleep(&pause, nullptr);
    }
    return 0;
}

/// Busy waiting costs little here and spares a signal handler: while events come, waitpid does not sleep.
int trace(pid_t command, const Plan& plan) {
    int result = -1;
    int idle = 0;
    while (result < 0 || idle < kIdleRounds) {
        int status = 0;
        const pid_t pid = next_event(status);
        if (pid < 0) break;
        if (pid == 0) {
            ++idle;
            continue;
        }
        idle = 0;
        if (WIFSTOPPED(status)) {
            on_stop(pid, status, plan);
            continue;
        }
        tracees.erase(pid);
        if (pid == command) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return result;
}

/// A tracee must be stopped to be let go.
void let_all_go() {
    while (!tracees.empty()) {
        const pid_t pid = tracees.begin()->first;
        int status = 0;
        if (kill(pid, SIGSTOP) != 0 || waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) {
            tracees.erase(pid);
            continue;
        }
        let_go(pid, 0);
        kill(pid, SIGCONT);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: syscall-fault PROGRAM count|kill|stop|ERRNO N COMMAND...\n");
        return 2;
    }
    char program[PATH_MAX];
    if (realpath(argv[1], program) == nullptr) return perror(argv[1]), 2;
    const Plan plan{program, argv[2], atol(argv[3]), errno_of(argv[2])};
    const pid_t command = start(argv + 4);
    int status = 0;
    waitpid(command, &status, 0);
    tracees[command].attached = true;
    ptrace(PTRACE_SETOPTIONS, command, nullptr, kOptions);
    ptrace(PTRACE_SYSCALL, command, nullptr, 0);
    const int result = trace(command, plan);
    let_all_go();
    if (plan.action == "count") fprintf(stderr, "%ld calls\n", visited);
    return result < 0 ? 1 : result;
}
