#include "oci/monitor/stdin_flow.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace skiff::oci::monitor {
namespace {

constexpr int kStdinStepsPerPump = 16;

}  // namespace

StdinFlow::StdinFlow(int source, UniqueFd target, std::string detach_keys)
    : source_{source}, target_{std::move(target)}, is_terminal_{::isatty(source) == 1}, filter_{std::move(detach_keys)} {
    if (!is_terminal_) relay_.emplace(source_, target_.get());
}

pollfd StdinFlow::waits_for() const noexcept {
    return waits_for_target_ ? pollfd{target_.get(), POLLOUT, 0} : pollfd{source_, POLLIN, 0};
}

StdinFlow::Step StdinFlow::pump() { return is_terminal_ ? pump_terminal() : pump_bytes(); }

StdinFlow::Step StdinFlow::pump_bytes() {
    for (int step = 0; step < kStdinStepsPerPump; ++step) {
        switch (relay_->step()) {
            case RelayStep::Moved: continue;
            case RelayStep::WaitSource: waits_for_target_ = false; return Step::Going;
            case RelayStep::WaitTarget: waits_for_target_ = true; return Step::Going;
            case RelayStep::SourceEnd: eof_ = true; return Step::Ended;
            case RelayStep::TargetGone: return Step::Ended;
        }
    }
    return Step::Going;
}

/// Without a reader (the process takes no input) keys are still read: they may be the detach keys.
StdinFlow::Step StdinFlow::pump_terminal() {
    if (waits_for_target_) {
        waits_for_target_ = !write_pending();
        return Step::Going;
    }
    std::array<char, 1024> typed;
    const ssize_t got = ::read(source_, typed.data(), typed.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Step::Going;
    if (got <= 0) {
        eof_ = got == 0;
        return Step::Ended;
    }
    if (filter_.feed({typed.data(), static_cast<std::size_t>(got)}, pending_)) return Step::Detached;
    waits_for_target_ = !write_pending();
    return Step::Going;
}

bool StdinFlow::write_pending() {
    while (target_ && !pending_.empty()) {
        const ssize_t put = ::write(target_.get(), pending_.data(), pending_.size());
        if (put < 0 && errno == EAGAIN) return false;
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) target_.reset();
        else pending_.erase(0, static_cast<std::size_t>(put));
    }
    pending_.clear();
    return true;
}

}  // namespace skiff::oci::monitor
