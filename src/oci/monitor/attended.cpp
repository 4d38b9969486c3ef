#include "oci/monitor/attended.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oci/monitor/pipe_size.h"
#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

sigset_t child_signal() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    return set;
}

}  // namespace

AttendedProcess::AttendedProcess(int in, int out, int err, bool proxy) : proxy_{proxy}, signals_{proxy} {
    const sigset_t child = child_signal();
    children_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!children_) throw SystemError{errno, "waiting for a child's end"};
    open_input(in);
    open_output(outputs_[0], out);
    open_output(outputs_[1], err);
    sigset_t held = child;
    ::sigaddset(&held, SIGTTOU);  // to write from the background to a terminal that forbids it (stty tostop) is better than to collect no process
    ::sigprocmask(SIG_BLOCK, &held, &before_);
}

AttendedProcess::~AttendedProcess() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

void AttendedProcess::open_input(int source) {
    if (source < 0) return;
    Pipe pipe = make_pipe();
    ::fcntl(pipe.write_end.get(), F_SETFL, O_WRONLY | O_NONBLOCK);
    their_input_ = std::move(pipe.read_end);
    input_.emplace(source, std::move(pipe.write_end), std::string{});
}

void AttendedProcess::open_output(Output& output, int target) {
    if (target < 0) return;
    Pipe pipe = make_pipe();
    ::fcntl(pipe.write_end.get(), F_SETPIPE_SZ, kPipeBytes);  // refused where fs.pipe-max-size is smaller: fine
    ::fcntl(pipe.read_end.get(), F_SETFL, O_RDONLY | O_NONBLOCK);            // others may read what poll(2) said is there
    output.flow.emplace(std::move(pipe.read_end), target);
    output.theirs = std::move(pipe.write_end);
}

void AttendedProcess::give_to(uid_t uid, gid_t gid) const {
    for (const int end : {in(), out(), err()}) {
        if (end >= 0 && ::fchown(end, uid, gid) != 0) throw SystemError{errno, "setting the owner of the process's pipes"};
    }
}

ExitStatus AttendedProcess::run(ChildProcess child) {
    their_input_.reset();
    for (Output& output : outputs_) output.theirs.reset();
    while (!has_ended(child.pid())) step(child.pid());
    const ExitStatus status = child.wait();
    for (Output& output : outputs_) {
        if (output.flow) output.flow->cut();
    }
    while (!is_told()) step(-1);
    return status;
}

bool AttendedProcess::has_ended(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

bool AttendedProcess::is_told() const {
    for (const Output& output : outputs_) {
        if (output.flow && !output.flow->is_done()) return false;
    }
    return true;
}

/// `pid` -1: it has ended.
void AttendedProcess::step(pid_t pid) {
    std::array<pollfd, 5> entries{{{signals_.fd(), POLLIN, 0}, {pid > 0 ? children_.get() : -1, POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}}};
    if (input_ && pid > 0) entries[4] = input_->waits_for();
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        if (outputs_[i].flow) entries[2 + i] = outputs_[i].flow->waits_for();
    }
    if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) throw SystemError{errno, "waiting for the process's output"};
    if (entries[0].revents != 0) on_signals(pid);
    signalfd_siginfo info;
    while (entries[1].revents != 0 && ::read(children_.get(), &info, sizeof info) == sizeof info) continue;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        if (entries[2 + i].revents != 0) pump(outputs_[i]);
    }
    if (entries[4].revents != 0) give_input();
}

/// Its end, or a process that reads no more, closes the pipe.
void AttendedProcess::give_input() {
    if (input_->pump() != StdinFlow::Step::Going) input_.reset();
}

void AttendedProcess::pump(Output& output) {
    if (!output.flow->pump()) output.flow.reset();
}

/// The process is not reaped yet, so its number is its own.
void AttendedProcess::on_signals(pid_t pid) {
    while (const auto info = signals_.next()) {
        const auto signal = static_cast<int>(info->ssi_signo);
        if (signal == SIGPIPE || (signal == SIGWINCH && info->ssi_code != SI_USER)) continue;
        if (proxy_ && pid > 0 && ::kill(pid, signal) == 0) continue;
        if (ClientSignals::ends_client(signal)) signals_.die_of(signal);
    }
}

}  // namespace skiff::oci::monitor
