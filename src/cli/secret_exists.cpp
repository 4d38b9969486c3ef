#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/runtime.h"
#include "libpod/secret/secret.h"

namespace skiff::cli {

void define_secret_exists(CLI::App& command, Invocation& invocation) {
    auto name = std::make_shared<std::string>();
    add_argument(command, "SECRET", *name);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [name](libpod::Runtime& runtime) { return libpod::try_find_secret(runtime, *name) ? 0 : 1; };
}

}  // namespace skiff::cli
