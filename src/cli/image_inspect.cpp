#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/docker_words.h"
#include "cli/inspect.h"
#include "cli/inspect_image.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/runtime.h"

namespace skiff::cli {

void define_image_inspect(CLI::App& command, Invocation& invocation) {
    struct Call {
        std::vector<std::string> names;
        std::string format;
    };
    auto call = std::make_shared<Call>();
    add_arguments(command, "IMAGE", call->names, /*required=*/true);
    add_string(command, "-f,--format", call->format, "FORMAT", "json, or a Go template");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call, docker = invocation.environment.called_as_docker](libpod::Runtime& runtime) {
        const auto& store = runtime.images();
        return print_documents(call->names, call->format, [&](const std::string& name) {
            OrderedJson shown = inspect_image(store, store.find(name));
            if (docker) dress_inspected(runtime, shown);
            return shown;
        }, {}, /*times_as_text=*/docker);
    };
}

}  // namespace skiff::cli
