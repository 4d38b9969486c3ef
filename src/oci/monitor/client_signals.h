#pragma once
/// Signals of an attached client: held back from the moment the session is made, then read as events.

#include <signal.h>
#include <sys/signalfd.h>

#include <optional>

#include "util/fd.h"

namespace skiff::oci::monitor {

class ClientSignals {
public:
    /// Blocks what the client answers itself, and with `proxy` all that can be passed on (not CHLD, URG, STOP, KILL;
    /// TTIN and TTOU stop the client as for any job in the background).
    explicit ClientSignals(bool proxy);
    ClientSignals(const ClientSignals&) = delete;
    ClientSignals& operator=(const ClientSignals&) = delete;
    ~ClientSignals();  ///< what is pending then takes its ordinary effect

    /// Readable when next() has something.
    int fd() const noexcept { return fd_.get(); }
    std::optional<signalfd_siginfo> next();

    /// True for the signals that end a process which does not expect them from its user.
    static bool ends_client(int signal) noexcept;
    /// Ends this process by `signal`, as if it had never been held back.
    [[noreturn]] void die_of(int signal) noexcept;

private:
    sigset_t before_{};
    UniqueFd fd_;
};

}  // namespace skiff::oci::monitor
