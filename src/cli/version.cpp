#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "util/text.h"

#include <memory>

namespace skiff::cli {

void define_version(CLI::App& command, Invocation& invocation) {
    (void)command;
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [] {
        print(concat("Client:       skiff\nVersion:      ", SKIFF_VERSION, "\nOS/Arch:      linux/amd64\n"));
        return 0;
    };
}

}  // namespace skiff::cli
