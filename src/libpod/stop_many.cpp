#include <signal.h>

#include <vector>

#include "libpod/many.h"

namespace skiff::libpod {
namespace {

/// Runs `step`; tells `outcome` when it fails. True when it went well.
template <typename Step>
bool attempt(std::size_t index, const Outcome& outcome, Step&& step) {
    try {
        step();
        return true;
    } catch (const Error& error) {
        outcome(index, &error);
        return false;
    }
}

/// First halves for all, then second halves in the same order; `begin` gives nullopt where nothing is left to do.
template <typename Begin, typename Finish>
void in_two_halves(std::span<Container* const> containers, const Outcome& outcome, Begin&& begin, Finish&& finish) {
    std::vector<std::optional<EndingProcess>> ending(containers.size());
    std::vector<bool> failed(containers.size());
    for (std::size_t i = 0; i < containers.size(); ++i) {
        failed[i] = !attempt(i, outcome, [&] { ending[i] = begin(*containers[i]); });
    }
    for (std::size_t i = 0; i < containers.size(); ++i) {
        if (failed[i]) continue;
        const bool done = attempt(i, outcome, [&] {
            if (ending[i]) finish(*containers[i], *ending[i]);
        });
        ending[i].reset();
        if (done) outcome(i, nullptr);
    }
}

/// Each container whose end is awaited costs a descriptor.
constexpr std::size_t kAtOnce = 256;

template <typename Work>
void in_portions(std::span<Container* const> containers, const Outcome& outcome, Work&& work) {
    for (std::size_t first = 0; first < containers.size(); first += kAtOnce) {
        const auto portion = containers.subspan(first, std::min(kAtOnce, containers.size() - first));
        work(portion, [&](std::size_t index, const Error* failure) { outcome(first + index, failure); });
    }
}

}  // namespace

void stop_many(std::span<Container* const> containers, std::optional<std::chrono::seconds> timeout, const Outcome& outcome) {
    in_portions(containers, outcome, [&](std::span<Container* const> portion, const Outcome& told) {
        in_two_halves(
            portion, told, [&](Container& container) { return container.begin_stop(timeout); },
            [](Container& container, const EndingProcess& ending) { container.finish_stop(ending); });
    });
}

void kill_many(std::span<Container* const> containers, int signal, const Outcome& outcome) {
    in_portions(containers, outcome, [&](std::span<Container* const> portion, const Outcome& told) {
        in_two_halves(
            portion, told,
            [&](Container& container) -> std::optional<EndingProcess> {
                EndingProcess ending = container.begin_kill(signal);
                if (signal != SIGKILL) return std::nullopt;
                return ending;
            },
            [](Container& container, const EndingProcess& ending) { container.finish_kill(ending); });
    });
}

}  // namespace skiff::libpod
