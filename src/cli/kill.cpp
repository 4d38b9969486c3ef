#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "util/error.h"
#include "util/signals.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct KillCall {
    Selection selection;
    std::string signal = "KILL";
};

bool runs(libpod::State state) {
    return state == libpod::State::Running || state == libpod::State::Paused || state == libpod::State::Stopping;
}

int kill(libpod::Runtime& runtime, const KillCall& call) {
    const auto signal = parse_signal(call.signal);
    if (!signal) throw Error{ErrorKind::Invalid, concat("--signal: no signal ", quote(call.signal)), "a name or a number from 1 to 64"};
    return for_targets_together(runtime, call.selection, runs, [&](auto containers, const libpod::Outcome& outcome) {
        libpod::kill_many(containers, *signal, outcome);
    });
}

}  // namespace

void define_kill(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<KillCall>();
    add_selection(command, call->selection);
    add_all(command, "-a,--all", call->selection, "Signal all running containers");
    add_cidfiles(command, call->selection);
    add_string(command, "-s,--signal", call->signal, "SIGNAL", "Signal to send (default KILL)");
    invocation.action = [call](libpod::Runtime& runtime) { return kill(runtime, *call); };
}

}  // namespace skiff::cli
