#include <memory>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "libpod/network_reload.h"
#include "libpod/runtime.h"

namespace skiff::cli {

void define_network_reload(CLI::App& command, Invocation& invocation) {
    auto selection = std::make_shared<Selection>();
    add_selection(command, *selection);
    add_all(command, "-a,--all", *selection, "Reload the networks of all running containers");
    invocation.action = [selection](libpod::Runtime& runtime) {
        const auto is_up = [](libpod::State state) { return state == libpod::State::Running || state == libpod::State::Paused; };
        Failures failures;
        for (Target& target : select(runtime, *selection, is_up, failures)) {
            // The ID, whatever name was given: podman-network-reload(1), EXAMPLES.
            if (failures.attempt([&] { libpod::reload_networks(runtime, target.container); })) print_line(target.container.id());
        }
        return failures.status();
    };
}

}  // namespace skiff::cli
