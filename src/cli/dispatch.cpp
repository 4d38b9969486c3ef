#include "cli/dispatch.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/App.hpp>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>

#include "cli/commands.h"
#include "cli/complete_command.h"
#include "cli/help.h"
#include "cli/named_options.h"
#include "cli/parse.h"
#include "cli/report.h"
#include "cli/runtime_access.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

using Words = std::vector<std::string>;

/// Those of a command's options, or the globals, that `words` may name.
std::unique_ptr<CLI::App> app_for(const Words& words) {
    auto app = std::make_unique<NamedOptions>(words);
    app->set_help_flag();  // parse.h knows --help
    return app;
}

/// Every option, for help and hints; nothing is parsed into it.
void define_every_option(const Command* command, CLI::App& app, Invocation& described) {
    if (command == nullptr) define_globals(app, described);
    else command->define(app, described);
}

std::function<void(CLI::App&)> definer_of(const Command* command) {
    return [command, described = std::make_shared<Invocation>()](CLI::App& app) { define_every_option(command, app, *described); };
}

std::string whole_help(const Command* command) {
    Invocation described;
    CLI::App app;
    app.set_help_flag();
    define_every_option(command, app, described);
    return command == nullptr ? overview(app) : command_help(*command, app);
}

void require_one_of(std::string_view option, const std::string& value, const Words& allowed, const char* why) {
    if (value.empty()) return;
    for (const std::string& word : allowed) {
        if (word == value) return;
    }
    throw Error{ErrorKind::Unsupported, concat(option, " ", quote(value), " is not supported: ", why)};
}

void redirect_output(const std::string& file) {
    const UniqueFd out{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    const int saved_errno = errno;
    if (!out) throw SystemError{saved_errno, concat("opening ", quote(file), " for --out")};
    ::dup2(out.get(), STDOUT_FILENO);
}

void apply_globals(const GlobalOptions& globals) {
    require_one_of("--cgroup-manager", globals.cgroup_manager, {"cgroupfs", "systemd"}, "cgroupfs and systemd are");
    require_one_of("--storage-driver", globals.storage_driver, {"overlay"}, "overlay is");
    require_one_of("--events-backend", globals.events_backend, {"file", "journald", "none"}, "file, journald and none are");
    if (!globals.log_level.empty()) log::set_level(globals.log_level);
    if (!globals.config.empty()) ::setenv("DOCKER_CONFIG", globals.config.c_str(), /*overwrite=*/1);
    if (!globals.out.empty()) redirect_output(globals.out);
}

void only_print(Invocation& invocation, std::string text) {
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [text = std::move(text)] {
        print(text);
        return 0;
    };
}

void print_version(Invocation& invocation) {
    only_print(invocation, concat("skiff version ", SKIFF_VERSION, "\n"));
}

void define_and_parse(const Command& command, const Words& words, CLI::App& globals, Invocation& invocation) {
    const auto app = app_for(words);
    command.define(*app, invocation);
    const ParseRules rules{.interspersed = command.interspersed,
                           .globals = &globals,
                           .define_all = definer_of(&command)};
    const ParseResult result = in_context(concat("skiff ", command.path), [&] { return parse_words(*app, words, rules); });
    if (result == ParseResult::HelpWanted) only_print(invocation, whole_help(&command));
}

/// The process ends next: what is open and allocated is left to the kernel, which is faster.
class [[nodiscard]] FinalRuntime {
public:
    explicit FinalRuntime(std::unique_ptr<libpod::Runtime> runtime) : runtime_{runtime.release()} {}
    FinalRuntime(const FinalRuntime&) = delete;
    FinalRuntime& operator=(const FinalRuntime&) = delete;
    ~FinalRuntime() { runtime_->finish(); }
    libpod::Runtime& operator*() const { return *runtime_; }

private:
    libpod::Runtime* runtime_;
};

int act(Invocation& invocation) {
    apply_globals(invocation.globals);
    if (invocation.needs_after_parsing) invocation.needs = invocation.needs_after_parsing();
    if (invocation.needs == Needs::NoDatabase) return invocation.local_action();
    const FinalRuntime runtime{open_runtime(invocation.globals, invocation.needs, invocation.environment.called_as_docker)};
    return invocation.action(*runtime);
}

}  // namespace

void parse_command_line(const Words& words, Invocation& invocation) {
    invocation.command_line = words;
    const Words after_program(words.begin() + 1, words.end());
    const auto globals = app_for(after_program);
    define_globals(*globals, invocation);
    const Leading leading = parse_leading(*globals, after_program, definer_of(nullptr));
    if (leading.result == ParseResult::HelpWanted) return only_print(invocation, whole_help(nullptr));

    const Words rest(after_program.begin() + static_cast<std::ptrdiff_t>(leading.consumed), after_program.end());
    if (rest.empty()) run_option_callbacks(*globals);
    if (invocation.globals.version) return print_version(invocation);

    const NamedCommand named = name_command(rest);
    invocation.command = named.command->path;
    const Words arguments(rest.begin() + static_cast<std::ptrdiff_t>(named.words), rest.end());
    if (named.command->define != nullptr) {
        define_and_parse(*named.command, arguments, *globals, invocation);
        if (invocation.globals.version) print_version(invocation);  // wins over the command, wherever it stands
        return;
    }
    if (arguments.empty()) {
        throw Error{ErrorKind::Invalid, concat("skiff ", named.command->path, ": no command given"),
                    concat("see skiff ", named.command->path, " --help")};
    }
    only_print(invocation, group_help(*named.command));
}

int run_command_line(const Words& words, Environment environment) {
    if (words.size() > 1 && words[1] == "__complete") return complete_words({words.begin() + 2, words.end()});
    try {
        Invocation invocation;
        invocation.environment = std::move(environment);
        parse_command_line(words, invocation);
        return act(invocation);
    } catch (const Error& error) {
        print_error(error);
        return exit_status_for(error.kind());
    } catch (const std::exception& error) {
        print_error(concat("internal error: ", error.what()));
        return kEngineFailure;
    }
}

}  // namespace skiff::cli
