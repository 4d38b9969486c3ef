#include <memory>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "cli/stop_time.h"

namespace skiff::cli {

namespace {

struct StopCall {
    Selection selection;
    std::optional<std::int64_t> seconds;
};

bool stoppable(libpod::State state) {
    return state == libpod::State::Running || state == libpod::State::Paused || state == libpod::State::Stopping ||
           state == libpod::State::Created;
}

}  // namespace

void define_stop(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<StopCall>();
    add_selection(command, call->selection);
    add_all(command, "-a,--all", call->selection, "Stop all running containers");
    add_filters(command, call->selection);
    add_cidfiles(command, call->selection);
    add_flag(command, "-i,--ignore", call->selection.ignore, "A container that does not exist is no failure");
    add_stop_time(command, call->seconds);
    invocation.action = [call](libpod::Runtime& runtime) {
        const auto timeout = stop_time(call->seconds);
        return for_targets_together(runtime, call->selection, stoppable,
                                    [&](auto containers, const libpod::Outcome& outcome) { libpod::stop_many(containers, timeout, outcome); });
    };
}

}  // namespace skiff::cli
