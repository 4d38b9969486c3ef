#include <memory>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct CleanupCall {
    Selection selection;
    bool remove = false;
};

bool ended(libpod::State state) {
    return state == libpod::State::Stopped || state == libpod::State::Configured || state == libpod::State::Unknown;
}

void clean_up(libpod::Container& container, bool remove) {
    container.runtime().settle(container.id());
    if (remove) container.remove({.force = false, .volumes = true, .stop_timeout = std::nullopt});
}

}  // namespace

void define_container_cleanup(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CleanupCall>();
    add_selection(command, call->selection);
    add_all(command, "-a,--all", call->selection, "Clean up all containers that have ended");
    add_refused(command, "--exec", Takes::Value, "exec sessions are cleaned up with their container");
    add_flag(command, "--rm", call->remove, "Remove the container afterwards");
    add_refused(command, "--rmi", Takes::Nothing, "skiff rmi removes the image");
    invocation.action = [call](libpod::Runtime& runtime) {
        return for_each_target(runtime, call->selection, ended,
                               [&](libpod::Container& container) { clean_up(container, call->remove); });
    };
}

}  // namespace skiff::cli
