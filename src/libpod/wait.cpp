#include "libpod/wait_first.h"

#include <algorithm>
#include <optional>
#include <thread>

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

/// The exit code, or -1 for another condition; nothing while none is met. Throws Error{NotFound} when it was removed without.
std::optional<int> outcome_now(Container& container, const std::vector<Container::WaitCondition>& conditions) {
    using Condition = Container::WaitCondition;
    const bool for_end = wants(conditions, Condition::Stopped);
    try {
        container.refresh();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound) throw;
        const auto record = find_exit_record(container.runtime().db(), container.id());
        if (for_end && record) return record->exit_code;
        if (wants(conditions, Condition::Removing)) return -1;
        throw;
    }
    if (for_end && container.state().state == State::Stopped) return container.state().exit_code;
    const bool met = std::ranges::any_of(conditions, [&](Condition condition) { return condition != Condition::Stopped && holds(condition, container); });
    return met ? std::optional{-1} : std::nullopt;
}

constexpr std::chrono::milliseconds kLongestPause{20};  // between looks at what tells nothing by itself

}  // namespace

int Container::wait(const std::vector<WaitCondition>& conditions, std::chrono::milliseconds interval) {
    const bool only_for_end = conditions.size() == 1 && wants(conditions, WaitCondition::Stopped);
    for (;;) {
        if (const auto outcome = outcome_now(*this, conditions)) return *outcome;
        const UniqueFd pidfd = open_pidfd(row_.state.init);
        if (!pidfd) std::this_thread::sleep_for(std::min(interval, kLongestPause));
        else if (only_for_end) wait_for_exit(pidfd.get(), std::chrono::hours{24});
        else wait_for_exit(pidfd.get(), interval);
    }
}

int wait_for_first(std::span<Container> containers, const std::vector<Container::WaitCondition>& conditions, std::chrono::milliseconds interval) {
    for (;;) {
        std::optional<Error> gone;
        std::size_t left = containers.size();
        for (Container& container : containers) {
            try {
                if (const auto outcome = outcome_now(container, conditions)) return *outcome;
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::NotFound) throw;
                gone = error;
                --left;
            }
        }
        if (left == 0) throw gone ? *gone : Error{ErrorKind::NotFound, "no container to wait for"};
        std::this_thread::sleep_for(std::min(interval, kLongestPause));
    }
}

}  // namespace skiff::libpod
