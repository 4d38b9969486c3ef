#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "image/image_index.h"
#include "image/image_store.h"
#include "libpod/runtime.h"

namespace skiff::cli {

void define_manifest_exists(CLI::App& command, Invocation& invocation) {
    auto name = std::make_shared<std::string>();
    add_argument(command, "LIST", *name);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [name](libpod::Runtime& runtime) { return image::IndexStore{runtime.images().db()}.try_find(*name) ? 0 : 1; };
}

}  // namespace skiff::cli
