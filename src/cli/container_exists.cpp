#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/runtime.h"

namespace skiff::cli {

void define_container_exists(CLI::App& command, Invocation& invocation) {
    auto name = std::make_shared<std::string>();
    add_argument(command, "CONTAINER", *name);
    add_refused(command, "--external", Takes::Nothing, "every container here is skiff's own");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [name](libpod::Runtime& runtime) { return runtime.exists(*name) ? 0 : 1; };
}

}  // namespace skiff::cli
