#include <memory>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/selection.h"

namespace skiff::cli {

void define_pause(CLI::App& command, Invocation& invocation) {
    auto selection = std::make_shared<Selection>();
    add_selection(command, *selection);
    add_all(command, "-a,--all", *selection, "Pause all running containers");
    add_filters(command, *selection);
    add_cidfiles(command, *selection);
    invocation.action = [selection](libpod::Runtime& runtime) {
        return for_each_target(runtime, *selection, [](libpod::State state) { return state == libpod::State::Running; },
                               [](libpod::Container& container) { container.pause(); });
    };
}

}  // namespace skiff::cli
