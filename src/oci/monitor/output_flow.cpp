#include "oci/monitor/output_flow.h"

#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

constexpr int kStepsPerPump = 16;

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
