#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/login_key.h"
#include "cli/options.h"
#include "cli/report.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct LogoutCommand {
    std::string registry;
    bool all = false;
    AuthFileFlags files;
};

int logout(const LogoutCommand& command, const Environment& environment) {
    const auto options = auth_options(command.files, {}, environment);
    const auto file = image::registry::writable_auth_file(options);
    if (command.all) {
        if (!command.registry.empty()) throw Error{ErrorKind::Invalid, "--all and a registry exclude each other"};
        image::registry::remove_all_logins(options, file);
        print_line("Removed login credentials for all registries");
        return 0;
    }
    const auto key = login_key(command.registry, options);
    if (!image::registry::remove_login(options, file, auth_format(command.files), key.text()))
        throw Error{ErrorKind::NotFound, concat("not logged into ", key.text(), " with ", quote(file.native()))};
    print_line(concat("Removed login credentials for ", key.text()));
    return 0;
}

}  // namespace

void define_logout(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<LogoutCommand>();
    add_argument(command, "REGISTRY", call->registry, /*required=*/false);
    add_flag(command, "-a,--all", call->all, "Log out of every registry");
    add_auth_file_flags(command, call->files);
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [call, &invocation] { return logout(*call, invocation.environment); };
}

}  // namespace skiff::cli
