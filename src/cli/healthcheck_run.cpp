#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/health.h"
#include "libpod/runtime.h"

namespace skiff::cli {
namespace {

struct HealthcheckCall {
    std::string name;
    bool ignore_result = false;
};

int healthcheck_run(libpod::Runtime& runtime, const HealthcheckCall& call) {
    auto container = runtime.find(call.name);
    const std::string status = libpod::run_health_check(container);
    if (status == "healthy") return 0;
    print_line(status);
    return call.ignore_result ? 0 : 1;
}

}  // namespace

void define_healthcheck_run(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<HealthcheckCall>();
    add_argument(command, "CONTAINER", call->name);
    add_flag(command, "--ignore-result", call->ignore_result, "Exit with 0 whatever the check says");
    invocation.action = [call](libpod::Runtime& runtime) { return healthcheck_run(runtime, *call); };
}

/// What a monitor executes when a check is due.
void define_container_probe(CLI::App& command, Invocation& invocation) {
    auto id = std::make_shared<std::string>();
    add_argument(command, "ID", *id);
    invocation.action = [id](libpod::Runtime& runtime) {
        libpod::probe_for_monitor(runtime, *id);
        return 0;
    };
}

}  // namespace skiff::cli
