#include "oci/monitor/output_flow.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

constexpr int kStepsPerPump = 16;

bool has_no_writer(int pipe) {
    pollfd entry{pipe, POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP) != 0;
}

/// What waits in `pipe` now, in one of its own. As many slots, so that it fits, however small the pieces are.
UniqueFd take_waiting(int pipe) {
    Pipe taken = make_pipe();
    ::fcntl(taken.write_end.get(), F_SETPIPE_SZ, ::fcntl(pipe, F_GETPIPE_SZ));
    int waiting = 0;
    ::ioctl(pipe, FIONREAD, &waiting);
    while (waiting > 0) {
        const ssize_t moved = ::splice(pipe, nullptr, taken.write_end.get(), nullptr, static_cast<std::size_t>(waiting), SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
        if (moved < 0 && errno == EINTR) continue;
        if (moved <= 0) throw SystemError{errno, "reading the last of the output"};
        waiting -= static_cast<int>(moved);
    }
    return std::move(taken.read_end);
}

}  // namespace

OutputFlow::OutputFlow(UniqueFd source, int target) : source_{std::move(source)}, target_{target}, relay_{source_.get(), target} {}

pollfd OutputFlow::waits_for() const noexcept {
    if (!source_) return {-1, 0, 0};
    return waits_for_target_ ? pollfd{target_, POLLOUT, 0} : pollfd{source_.get(), POLLIN, 0};
}

bool OutputFlow::pump() {
    for (int step = 0; source_ && step < kStepsPerPump; ++step) {
        switch (relay_.step()) {
            case RelayStep::Moved: continue;
            case RelayStep::WaitSource: waits_for_target_ = false; return true;
            case RelayStep::WaitTarget: waits_for_target_ = true; return true;
            case RelayStep::SourceEnd: next_source(); continue;
            case RelayStep::TargetGone:
                if (relay_.failure() == EPIPE) return false;
                throw SystemError{relay_.failure(), "writing the container's output"};
        }
    }
    return true;
}

/// The number stays: the relay may have read what it could not write yet.
void OutputFlow::cut() {
    finished_ = true;
    if (!source_ || has_no_writer(source_.get())) return;
    const UniqueFd taken = take_waiting(source_.get());
    if (::dup3(taken.get(), source_.get(), O_CLOEXEC) < 0) throw SystemError{errno, "reading the last of the output"};
}

void OutputFlow::finish(UniqueFd rest) {
    finished_ = true;
    rest_ = std::move(rest);
    if (!source_) next_source();
}

void OutputFlow::next_source() {
    source_ = std::move(rest_);
    waits_for_target_ = false;
    if (source_) relay_ = Relay{source_.get(), target_};
}

}  // namespace skiff::oci::monitor
