#include "cli/define.h"
#include "cli/invocation.h"
#include "libpod/runtime.h"

namespace skiff::cli {

// What volume plugins have is to be looked up again; there are no plugins.
void define_volume_reload(CLI::App&, Invocation& invocation) {
    invocation.needs = Needs::ReadOnly;
    invocation.action = [](libpod::Runtime&) { return 0; };
}

}  // namespace skiff::cli
