#include <memory>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/boot.h"
#include "libpod/runtime.h"

namespace skiff::cli {
namespace {

int system_boot(libpod::Runtime& runtime, bool stop) {
    Failures failures;
    bool one_was_told = false;  // by the process that tried
    const auto outcome = [&](const libpod::ContainerRow& row, const Error* failure) {
        if (failure != nullptr && *failure->what() == '\0') one_was_told = true;
        else if (failure != nullptr) failures.add(*failure);
        else print_line(row.id);
    };
    if (stop) libpod::shut_down_containers(runtime, outcome);
    else libpod::boot_containers(runtime, outcome);
    return one_was_told ? kEngineFailure : failures.status();
}

}  // namespace

void define_system_boot(CLI::App& command, Invocation& invocation) {
    auto stop = std::make_shared<bool>(false);
    add_flag(command, "--stop", *stop, "The host goes down: stop what the next boot will start");
    invocation.action = [stop](libpod::Runtime& runtime) { return system_boot(runtime, *stop); };
}

}  // namespace skiff::cli
