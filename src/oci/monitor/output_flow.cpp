#include "oci/monitor/output_flow.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

constexpr int kStepsPerPump = 16;

bool has_no_writer(int pipe) {
    pollfd entry{pipe, POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP) != 0;
}

/// What waits in `pipe`, which does not block, as a file: another pipe may not be allowed the size.
UniqueFd take_waiting(int pipe) {
    int waiting = 0;
    ::ioctl(pipe, FIONREAD, &waiting);
    std::string bytes(static_cast<std::size_t>(waiting), '\0');
    std::size_t got = 0;
    while (got < bytes.size()) {
        const ssize_t count = ::read(pipe, bytes.data() + got, bytes.size() - got);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;  // somebody else has read it
        got += static_cast<std::size_t>(count);
    }
    bytes.resize(got);
    return make_memfd("output", bytes, /*sealed=*/false);
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

/// The relay may have read what it could not write yet: its source ends, by the same number, before the next one's turn.
void OutputFlow::cut() {
    if (!source_ || has_no_writer(source_.get())) return finish({});
    UniqueFd waiting = take_waiting(source_.get());
    const Pipe ended = make_pipe();
    if (::dup3(ended.read_end.get(), source_.get(), O_CLOEXEC) < 0) throw SystemError{errno, "reading the last of the output"};
    finish(std::move(waiting));
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
