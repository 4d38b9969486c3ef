#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"

namespace skiff::cli {

void define_volume_exists(CLI::App& command, Invocation& invocation) {
    auto name = std::make_shared<std::string>();
    add_argument(command, "VOLUME", *name);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [name](libpod::Runtime& runtime) { return libpod::read_volume(runtime.db(), *name) ? 0 : 1; };
}

}  // namespace skiff::cli
