#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/runtime.h"

namespace skiff::cli {

void define_container_exists(CLI::App& command, Invocation& invocation) {
    struct Call {
        std::string name;
        bool external = false;  // asked for; this storage has none
    };
    auto call = std::make_shared<Call>();
    add_argument(command, "CONTAINER", call->name);
    add_flag(command, "--external", call->external, "Containers that other programs have in the storage too: there are none");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return runtime.exists(call->name) ? 0 : 1; };
}

}  // namespace skiff::cli
