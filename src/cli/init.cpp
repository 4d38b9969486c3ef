#include <memory>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/selection.h"

namespace skiff::cli {

namespace {

bool can_be_initialized(libpod::State state) {
    return state == libpod::State::Configured || state == libpod::State::Stopped;
}

}  // namespace

void define_init(CLI::App& command, Invocation& invocation) {
    auto selection = std::make_shared<Selection>();
    add_selection(command, *selection);
    add_all(command, "-a,--all", *selection, "Initialize all containers that were created or have ended");
    invocation.action = [selection](libpod::Runtime& runtime) {
        return for_each_target(runtime, *selection, can_be_initialized, [](libpod::Container& container) { container.init(); });
    };
}

}  // namespace skiff::cli
