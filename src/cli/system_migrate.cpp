#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/migrate.h"
#include "libpod/runtime.h"

namespace skiff::cli {

void define_system_migrate(CLI::App& command, Invocation& invocation) {
    auto name = std::make_shared<std::string>();
    add_string(command, "--new-runtime", *name, "RUNTIME", "Have all containers run by this OCI runtime");
    add_refused(command, "--migrate-db", Takes::Nothing, "the database is SQLite, and brought up to date whenever it is opened");
    // Without an option: opening the database has done it all.
    invocation.action = [name](libpod::Runtime& runtime) {
        if (!name->empty()) libpod::change_oci_runtime(runtime, *name);
        return 0;
    };
}

void define_system_renumber(CLI::App&, Invocation& invocation) {
    // Locks are files with the containers' IDs for names: there are no numbers that could clash.
    invocation.action = [](libpod::Runtime&) { return 0; };
}

}  // namespace skiff::cli
