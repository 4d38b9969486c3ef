#include "oci/monitor/client_signals.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::array<int, 4> kEnding{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
constexpr std::array<int, 6> kNeverPassedOn{SIGCHLD, SIGURG, SIGSTOP, SIGKILL, SIGTTIN, SIGTTOU};

sigset_t held_signals(bool proxy) {
    sigset_t held;
    ::sigemptyset(&held);
    if (proxy) {
        ::sigfillset(&held);
        for (const int signal : kNeverPassedOn) ::sigdelset(&held, signal);
    }
    for (const int signal : kEnding) ::sigaddset(&held, signal);
    for (const int signal : {SIGWINCH, SIGCONT, SIGPIPE}) ::sigaddset(&held, signal);
    return held;
}

}  // namespace

ClientSignals::ClientSignals(bool proxy) {
    const sigset_t held = held_signals(proxy);
    fd_.reset(::signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) throw SystemError{errno, "waiting for signals"};
    ::sigprocmask(SIG_BLOCK, &held, &before_);
}

ClientSignals::~ClientSignals() {
    // A broken pipe was answered where it happened; its signal must not end the process now.
    sigset_t pipe_only;
    ::sigemptyset(&pipe_only);
    ::sigaddset(&pipe_only, SIGPIPE);
    const timespec now{};
    ::sigtimedwait(&pipe_only, nullptr, &now);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<signalfd_siginfo> ClientSignals::next() {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return info;
}

bool ClientSignals::ends_client(int signal) noexcept { return std::find(kEnding.begin(), kEnding.end(), signal) != kEnding.end(); }

void ClientSignals::die_of(int signal) noexcept {
    ::signal(signal, SIG_DFL);
    ::kill(::getpid(), signal);
    sigset_t all;
    ::sigemptyset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::_exit(128 + signal);
}

}  // namespace skiff::oci::monitor
