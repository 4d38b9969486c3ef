#include <memory>

#include "cli/create_flags.h"
#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/report.h"
#include "cli/streams.h"
#include "libpod/container.h"

namespace skiff::cli {

void define_create(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CreateCall>();
    add_create_options(command, *call);
    invocation.action = [call, &invocation](libpod::Runtime& runtime) {
        if (call->dry_run) {
            print_plan(runtime, *call, invocation);
            return 0;
        }
        choose_streams(call->attach, call->flags.interactive);
        const libpod::Container container = create_container(runtime, *call, invocation);
        print_line(container.id());
        return 0;
    };
}

}  // namespace skiff::cli
