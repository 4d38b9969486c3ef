#include <algorithm>
#include <thread>

#include "libpod/container.h"
#include "libpod/health.h"
#include "libpod/lifecycle.h"
#include "util/error.h"

namespace skiff::libpod {
namespace {

bool holds(Container::WaitCondition condition, const Container& container) {
    using Condition = Container::WaitCondition;
    const State state = container.state().state;
    switch (condition) {
        case Condition::Configured: return state == State::Configured;
        case Condition::Created: return state == State::Created;
        case Condition::Running: return state == State::Running;
        case Condition::Paused: return state == State::Paused;
        case Condition::Stopping: return state == State::Stopping;
        case Condition::Stopped: return state == State::Stopped;
        case Condition::Removing: return state == State::Removing;
        case Condition::Healthy: return state == State::Running && health_status(container) == "healthy";
        case Condition::Unhealthy: return state == State::Running && health_status(container) == "unhealthy";
    }
    return false;
}

bool wants(const std::vector<Container::WaitCondition>& conditions, Container::WaitCondition condition) {
    return std::find(conditions.begin(), conditions.end(), condition) != conditions.end();
}

}  // namespace

int Container::wait(const std::vector<WaitCondition>& conditions, std::chrono::milliseconds interval) {
    const bool for_end = wants(conditions, WaitCondition::Stopped);
    for (;;) {
        try {
            refresh();
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound) throw;
            const auto record = find_exit_record(runtime_->db(), row_.id);
            if (for_end && record) return record->exit_code;
            if (wants(conditions, WaitCondition::Removing)) return -1;
            throw;
        }
        const State state = row_.state.state;
        if (for_end && state == State::Stopped) return row_.state.exit_code;
        for (const auto condition : conditions) {
            if (condition != WaitCondition::Stopped && holds(condition, *this)) return -1;
        }
        const UniqueFd pidfd = open_pidfd(row_.state.init);
        if (!pidfd) std::this_thread::sleep_for(std::min(interval, std::chrono::milliseconds{20}));
        else if (for_end && conditions.size() == 1) wait_for_exit(pidfd.get(), std::chrono::hours{24});
        else wait_for_exit(pidfd.get(), interval);
    }
}

}  // namespace skiff::libpod
