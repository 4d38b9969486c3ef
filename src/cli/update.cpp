#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/create_flags.h"
#include "cli/define.h"
#include "cli/health_flags.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "libpod/runtime.h"
#include "libpod/update.h"
#include "util/error.h"

namespace skiff::cli {
namespace {

struct UpdateCall {
    std::string name;
    bool latest = false;
    libpod::UpdateOptions options;
    std::vector<std::string> env, ulimits;
};

int update(libpod::Runtime& runtime, UpdateCall& call, const Environment& environment) {
    call.options.env = libpod::parse_env({}, call.env, environment.variables);
    for (const auto& text : call.ulimits) call.options.ulimits.push_back(libpod::parse_ulimit(text));
    libpod::Container container = find_one(runtime, call.name, call.latest);
    libpod::update_container(container, call.options);
    print_line(container.id());
    return 0;
}

}  // namespace

void define_update(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<UpdateCall>();
    auto& options = call->options;
    add_argument(command, "CONTAINER", call->name, /*required=*/false);
    add_limit_options(command, options.resources);
    add_list(command, "--device-read-iops", options.resources.device_read_iops, "PATH:RATE", "Reads a second from a device");
    add_list(command, "--device-write-iops", options.resources.device_write_iops, "PATH:RATE", "Writes a second to a device");
    add_int(command, "--pids-limit", options.resources.pids_limit, "LIMIT", "Most processes, -1 for no limit");
    add_health_options(command, options.health);
    add_list(command, "-e,--env", call->env, "ENV", "Set an environment variable from the next start on");
    add_list(command, "--unsetenv", options.unset_env, "NAME", "Drop an environment variable from the next start on");
    add_list_csv(command, "--ulimit", call->ulimits, "OPTION", "Resource limit from the next start on: NAME=SOFT[:HARD]");
    add_string(command, "--restart", options.restart, "POLICY", "no, on-failure[:N], always or unless-stopped");
    add_latest(command, call->latest);
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return update(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
