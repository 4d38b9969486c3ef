#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/login_key.h"
#include "cli/options.h"
#include "cli/prompt.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "image/jobs.h"
#include "image/registry/credentials.h"
#include "libpod/runtime.h"
#include "libpod/secret/secret.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using image::registry::Login;
using image::registry::Options;

struct LoginCommand {
    std::string registry, username, password, secret;
    bool password_stdin = false, get_login = false, verbose = false;
    AuthFileFlags files;
    RegistryFlags flags;
};

std::optional<Login> known_login(const Options& options, const LoginKey& key) {
    return image::registry::find_login(options, key.host, key.path);
}

int print_login(const Options& options, const LoginKey& key) {
    const auto login = known_login(options, key);
    if (!login) throw Error{ErrorKind::NotFound, concat("not logged into ", key.text())};
    print_line(login->user);
    return 0;
}

/// What the file has, when that still works and nothing else was said.
bool still_logged_in(Options options, const LoginKey& key) {
    const auto login = known_login(options, key);
    if (!login) return false;
    print_line(concat("Authenticating with existing credentials for ", key.text()));
    options.creds = login;
    try {
        image::run_login(key.host, options);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Invalid) throw;
        print_warning("Existing credentials are invalid, please enter valid username and password");
        return false;
    }
    print_line(concat("Existing credentials are valid. Already logged in to ", key.text()));
    return true;
}

Login entered(const LoginCommand& command) {
    if (command.password_stdin && command.username.empty()) throw Error{ErrorKind::Invalid, "--password-stdin needs --username"};
    if (command.password_stdin && !command.password.empty()) throw Error{ErrorKind::Invalid, "--password and --password-stdin exclude each other"};
    Login login{command.username, command.password, {}};
    if (login.user.empty()) login.user = ask("Username: ", /*secret=*/false);
    if (command.password_stdin) login.password = read_secret_from_input();
    else if (login.password.empty()) login.password = ask("Password: ", /*secret=*/true);
    if (login.user.empty() || login.password.empty()) throw Error{ErrorKind::Invalid, "user name and password must not be empty"};
    return login;
}

int login(const LoginCommand& command, const Environment& environment) {
    const auto options = auth_options(command.files, command.flags, environment);
    const auto key = login_key(command.registry, options);
    if (command.get_login) return print_login(options, key);
    const bool nothing_said = command.username.empty() && command.password.empty() && !command.password_stdin;
    // A file that does not exist yet has no login, and is no error here.
    if (nothing_said && auth_file_exists(options) && still_logged_in(options, key)) return 0;
    auto trying = options;
    trying.creds = entered(command);
    image::run_login(key.host, trying);
    const auto file = image::registry::writable_auth_file(options);
    image::registry::store_login(options, file, auth_format(command.files), key.text(), *trying.creds);
    if (command.verbose) print_line(concat("Used: ", file.native()));
    print_line("Login Succeeded!");
    return 0;
}

/// The user is called as the secret when nothing else was said: podman-login(1), --secret.
void take_secret(const libpod::Runtime& runtime, LoginCommand& command) {
    if (command.password_stdin || !command.password.empty()) throw Error{ErrorKind::Invalid, "--secret excludes --password and --password-stdin"};
    command.password = libpod::secret_data(runtime, libpod::find_secret(runtime, command.secret));
    if (command.username.empty()) command.username = command.secret;
}

}  // namespace

void define_login(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<LoginCommand>();
    add_argument(command, "REGISTRY", call->registry, /*required=*/false);
    add_auth_file_flags(command, call->files);
    add_string(command, "--cert-dir", call->flags.cert_dir, "DIR", "Read certificates of the registry from this directory");
    add_flag(command, "--get-login", call->get_login, "Print the user who is logged in");
    add_string(command, "-p,--password", call->password, "PASSWORD", "Password");
    add_flag(command, "--password-stdin", call->password_stdin, "Read the password from standard input");
    // Only this needs the database.
    const auto from_secret = [call, &invocation](const std::string& name) {
        call->secret = name;
        invocation.needs = Needs::ReadOnly;
    };
    add_callback(command, "--secret", from_secret, "SECRET", "Read the password from a secret");
    add_flag(command, "--tls-verify", call->flags.tls_verify, "Require TLS with a valid certificate (default true)");
    add_string(command, "-u,--username", call->username, "USER", "User name");
    add_flag(command, "-v,--verbose", call->verbose, "Print the path of the file");
    invocation.needs = Needs::NoDatabase;
    invocation.action = [call, &invocation](libpod::Runtime& runtime) {
        take_secret(runtime, *call);
        return login(*call, invocation.environment);
    };
    invocation.local_action = [call, &invocation] { return login(*call, invocation.environment); };
}

}  // namespace skiff::cli
