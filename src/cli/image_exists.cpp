#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/manifest_lookup.h"
#include "cli/options.h"
#include "image/image_store.h"
#include "libpod/runtime.h"

namespace skiff::cli {

void define_image_exists(CLI::App& command, Invocation& invocation) {
    auto name = std::make_shared<std::string>();
    add_argument(command, "IMAGE", *name);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [name](libpod::Runtime& runtime) { return runtime.images().try_resolve(*name) || index_meant(runtime.images(), *name) ? 0 : 1; };
}

}  // namespace skiff::cli
