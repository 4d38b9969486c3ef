#pragma once
/// Signal names and numbers as users write them.

#include <signal.h>

#include <optional>
#include <string>
#include <string_view>

namespace skiff {

/// "9", "KILL", "SIGKILL", "sigterm", "RTMIN+3", "RTMAX-1" to a number from 1 to 64; nullopt otherwise.
std::optional<int> parse_signal(std::string_view text);
/// "SIGTERM", "SIGRTMIN+3"; the number for what has no name.
std::string signal_name(int signal);

/// Holds back SIGINT, SIGTERM and SIGHUP until a step is recorded; the destructor lets them through.
class [[nodiscard]] SignalGuard {
public:
    SignalGuard() noexcept;
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;
    ~SignalGuard();

private:
    sigset_t before_{};
};

}  // namespace skiff
