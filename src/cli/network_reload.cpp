#include <memory>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "libpod/network_reload.h"
#include "libpod/runtime.h"

namespace skiff::cli {

void define_network_reload(CLI::App& command, Invocation& invocation) {
    auto selection = std::make_shared<Selection>();
    add_selection(command, *selection);
    add_all(command, "-a,--all", *selection, "Reload the networks of all running containers");
    invocation.action = [selection](libpod::Runtime& runtime) {
        return for_each_target(runtime, *selection, [](libpod::State state) { return state == libpod::State::Running || state == libpod::State::Paused; },
                               [&](libpod::Container& container) { libpod::reload_networks(runtime, container); });
    };
}

}  // namespace skiff::cli
