#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "libpod/secret/secret.h"
#include "util/error.h"

namespace skiff::cli {
namespace {

struct SecretRemoveCall {
    std::vector<std::string> names;
    bool all = false, ignore = false;
};

int remove_secrets(libpod::Runtime& runtime, SecretRemoveCall call) {
    if (call.all != call.names.empty()) throw Error{ErrorKind::Invalid, "either secrets or --all is wanted"};
    if (call.all) {
        for (const auto& row : libpod::list_secrets(runtime)) call.names.push_back(row.id);
    }
    Failures failures;
    for (const auto& name : call.names) {
        try {
            const auto row = libpod::find_secret(runtime, name);
            libpod::remove_secret(runtime, row);
            print_line(row.id);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound || !(call.ignore || call.all)) failures.add(error);
        }
    }
    return failures.status();
}

}  // namespace

void define_secret_rm(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<SecretRemoveCall>();
    add_arguments(command, "SECRET", call->names);
    add_flag(command, "-a,--all", call->all, "Every secret");
    add_flag(command, "-i,--ignore", call->ignore, "A secret that does not exist is no failure");
    invocation.action = [call](libpod::Runtime& runtime) { return remove_secrets(runtime, *call); };
}

}  // namespace skiff::cli
