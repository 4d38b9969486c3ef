#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/docker_words.h"
#include "cli/inspect.h"
#include "cli/invocation.h"
#include "cli/network_document.h"
#include "cli/options.h"
#include "libpod/networks.h"
#include "libpod/runtime.h"

namespace skiff::cli {

OrderedJson inspect_network(const libpod::Runtime& runtime, const std::string& name) {
    const auto network = libpod::find_network(runtime, name);
    OrderedJson json = network_document(network);
    json["containers"] = network_containers(runtime, network);
    return json;
}

void define_network_inspect(CLI::App& command, Invocation& invocation) {
    struct Call {
        std::vector<std::string> names;
        std::string format;
    };
    auto call = std::make_shared<Call>();
    add_arguments(command, "NETWORK", call->names, /*required=*/true);
    add_string(command, "-f,--format", call->format, "FORMAT", "json, or a Go template");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call, docker = invocation.environment.called_as_docker](libpod::Runtime& runtime) {
        if (docker) {
            return print_documents(call->names, call->format, [&](const std::string& name) { return docker_network(runtime, inspect_network(runtime, name)); });
        }
        return print_documents(call->names, call->format, [&](const std::string& name) { return inspect_network(runtime, name); }, network_methods(/*in_full=*/true));
    };
}

}  // namespace skiff::cli
