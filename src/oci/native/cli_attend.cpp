#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

#include <array>
#include <cstring>

#include "oci/native/cli_notify.h"
#include "oci/native/cli_run.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

/// This process's terminal in raw mode while a container's is shown on it.
class [[nodiscard]] RawTerminal {
public:
    RawTerminal() : active_{::tcgetattr(STDIN_FILENO, &before_) == 0} {
        if (!active_) return;
        termios raw = before_;
        ::cfmakeraw(&raw);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;
    ~RawTerminal() {
        if (active_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }

private:
    termios before_{};
    bool active_;
};

UniqueFd receive_master(int listener) {
    const UniqueFd peer{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
    char text[64];
    iovec part{text, sizeof text};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (!peer || ::recvmsg(peer.get(), &message, MSG_CMSG_CLOEXEC) < 0) throw SystemError{errno, "receiving the terminal"};
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) throw Error{ErrorKind::System, "no terminal was sent"};
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return UniqueFd{fd};
}

void copy_size(int master) {
    winsize size{};
    if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(master, TIOCSWINSZ, &size);
}

/// False at the end of the source.
bool relay(int from, int to) {
    std::array<char, 16384> buffer;
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got <= 0) return got < 0 && (errno == EINTR || errno == EAGAIN);
    write_all(to, {buffer.data(), static_cast<std::size_t>(got)}, "the terminal");
    return true;
}

/// Collects every child; true when `pid` is among them.
bool reap(pid_t pid, int& status) {
    bool found = false;
    int each = 0;
    pid_t ended;
    while ((ended = ::waitpid(-1, &each, WNOHANG)) > 0) {
        if (ended != pid) continue;
        status = exit_status_of(each).code;
        found = true;
    }
    return found;
}

void forward(pid_t pid, int signal, int master) {
    if (signal == SIGWINCH && master >= 0) copy_size(master);
    else if (signal != SIGCHLD) ::kill(pid, signal);
}

class Attendance {
public:
    Attendance(pid_t pid, int master, NotifyRelay* notifications) : pid_{pid}, master_{master}, notifications_{notifications} {
        sigset_t all;
        ::sigfillset(&all);
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGTTIN, SIGTTOU, SIGTSTP}) ::sigdelset(&all, fault);
        ::sigprocmask(SIG_BLOCK, &all, nullptr);
        signals_.reset(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!signals_) throw SystemError{errno, "waiting for signals"};
    }

    int run() {
        int status = 0;
        bool ended = reap(pid_, status);
        while (!ended) {
            wait();
            signalfd_siginfo info{};
            while (::read(signals_.get(), &info, sizeof info) == sizeof info) forward(pid_, static_cast<int>(info.ssi_signo), master_);
            ended = reap(pid_, status);
        }
        drain();
        if (notifications_ != nullptr) notifications_->step(::getpid());
        return status;
    }

private:
    void wait() {
        std::array<pollfd, 4> watched = {{{signals_.get(), POLLIN, 0}, {master_, POLLIN, 0}, {input_open_ && master_ >= 0 ? STDIN_FILENO : -1, POLLIN, 0},
                                          {notifications_ != nullptr ? notifications_->fd() : -1, POLLIN, 0}}};
        if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) throw SystemError{errno, "waiting for the container"};
        if (watched[1].revents != 0 && !relay(master_, STDOUT_FILENO)) master_ = -1;
        if (watched[2].revents != 0 && master_ >= 0) input_open_ = relay(STDIN_FILENO, master_);
        if (watched[3].revents != 0) notifications_->step(::getpid());
    }

    /// What the program wrote just before its end.
    void drain() {
        pollfd wait{master_, POLLIN, 0};
        while (master_ >= 0 && ::poll(&wait, 1, 0) > 0) {
            if (!relay(master_, STDOUT_FILENO)) return;
        }
    }

    pid_t pid_;
    int master_;
    NotifyRelay* notifications_;
    UniqueFd signals_;
    bool input_open_ = true;
};

}  // namespace

UniqueFd listen_for_console(const std::string& path) {
    UniqueFd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw SystemError{ENAMETOOLONG, concat("listening at ", quote(path))};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (!listener || ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener.get(), 1) != 0) {
        throw SystemError{errno, concat("listening at ", quote(path))};
    }
    return listener;
}

int attend(pid_t pid, int console_listener, NotifyRelay* notifications) {
    UniqueFd master;
    std::optional<RawTerminal> raw;
    if (console_listener >= 0) {
        master = receive_master(console_listener);
        copy_size(master.get());
        raw.emplace();
    }
    return Attendance{pid, master.get(), notifications}.run();
}

}  // namespace skiff::oci::native
