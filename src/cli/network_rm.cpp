#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/stop_time.h"
#include "libpod/network_create.h"
#include "libpod/runtime.h"
#include "util/error.h"

namespace skiff::cli {
namespace {

struct NetworkRmCall {
    std::vector<std::string> names;
    bool force = false;
    std::optional<std::int64_t> seconds;
};

int network_rm(libpod::Runtime& runtime, const NetworkRmCall& call) {
    if (call.seconds && !call.force) throw Error{ErrorKind::Invalid, "--force option must be specified to use the --time option: only then containers are stopped"};
    Failures failures;
    for (const auto& name : call.names) {
        try {
            libpod::remove_network(runtime, name, call.force, stop_time(call.seconds));
            print_line(name);
        } catch (const Error& error) {
            // What is gone already is what --force wanted.
            if (!call.force || error.kind() != ErrorKind::NotFound) failures.add(error);
        }
    }
    return failures.removal_status();
}

}  // namespace

void define_network_rm(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<NetworkRmCall>();
    add_arguments(command, "NETWORK", call->names, /*required=*/true);
    add_flag(command, "-f,--force", call->force, "Remove the containers that are on the network, too");
    add_int(command, "-t,--time", call->seconds, "SECONDS", "With --force: time between the stop signal and SIGKILL");
    invocation.action = [call](libpod::Runtime& runtime) { return network_rm(runtime, *call); };
}

}  // namespace skiff::cli
