#include <memory>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "cli/stop_time.h"

namespace skiff::cli {

namespace {

struct RestartCall {
    Selection selection;
    std::optional<std::int64_t> seconds;
    bool running = false;
};

bool is_up(libpod::State state) { return state == libpod::State::Running || state == libpod::State::Paused; }
bool may_restart(libpod::State state) { return state != libpod::State::Removing; }

int restart(libpod::Runtime& runtime, RestartCall call) {
    const bool running_only = call.running;
    // --running alone means all that run.
    if (running_only && call.selection.names.empty() && !call.selection.latest) call.selection.all = true;
    const auto timeout = stop_time(call.seconds);
    return for_each_target(runtime, call.selection, running_only ? is_up : may_restart,
                           [&](libpod::Container& container) { container.restart(timeout); });
}

}  // namespace

void define_restart(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<RestartCall>();
    add_selection(command, call->selection);
    add_all(command, "-a,--all", call->selection, "Restart all containers");
    add_filters(command, call->selection);
    add_cidfiles(command, call->selection);
    add_flag(command, "--running", call->running, "Restart the running containers only");
    add_stop_time(command, call->seconds);
    invocation.action = [call](libpod::Runtime& runtime) { return restart(runtime, *call); };
}

}  // namespace skiff::cli
