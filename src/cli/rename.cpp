#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/container.h"
#include "libpod/runtime.h"

namespace skiff::cli {

namespace {

struct RenameCall {
    std::string container;
    std::string name;
};

}  // namespace

void define_rename(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<RenameCall>();
    add_argument(command, "CONTAINER", call->container);
    add_argument(command, "NAME", call->name);
    invocation.action = [call](libpod::Runtime& runtime) {
        runtime.find(call->container).rename(call->name);
        return 0;
    };
}

}  // namespace skiff::cli
