#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/streams.h"
#include "libpod/container.h"
#include "libpod/parse/values.h"
#include "libpod/preserved_fds.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct ExecCall {
    std::string first;               ///< CONTAINER; the command's first word with --latest or --cidfile
    std::vector<std::string> words;
    std::vector<std::string> env, env_files;
    std::string user, work_dir, cidfile;
    std::optional<std::string> detach_keys;
    std::uint32_t preserve_fds = 0;
    bool detach = false, interactive = false, tty = false, privileged = false, latest = false, no_session = false;
};

std::string container_named(ExecCall& call) {
    if (!call.latest && call.cidfile.empty()) return call.first;
    if (!call.first.empty()) call.words.insert(call.words.begin(), call.first);
    if (call.latest) return {};
    return std::string{trim(read_file(call.cidfile, /*limit_bytes=*/4096))};
}

libpod::ExecOptions options_of(const ExecCall& call, const Environment& environment) {
    libpod::ExecOptions options;
    options.command = call.words;
    for (const auto& [name, value] : libpod::parse_env(call.env_files, call.env, environment.variables)) {
        options.env.push_back(concat(name, "=", value));
    }
    if (!call.user.empty()) libpod::check_user(call.user);
    options.user = call.user;
    options.work_dir = call.work_dir;
    options.terminal = call.tty;
    options.interactive = call.interactive;
    options.privileged = call.privileged;
    options.has_session = !call.no_session;
    options.detach = call.detach;
    libpod::require_preserved_fds(call.preserve_fds);
    options.preserve_fds = static_cast<int>(call.preserve_fds);
    options.detach_keys = call.detach_keys;
    return options;
}

constexpr int kNoSession = 255;  // an attached exec that did not come to its program, as podman ends

int exec_attached(libpod::Container& container, const libpod::ExecOptions& options, const libpod::AttachStreams& streams) {
    try {
        if (options.command.empty()) throw Error{ErrorKind::Invalid, "a command to execute is missing"};
        return container.exec(options, streams).exit_code;
    } catch (const Error& error) {
        return report_failure(error, kNoSession);
    }
}

int exec(libpod::Runtime& runtime, ExecCall& call, const Environment& environment) {
    const std::string name = container_named(call);
    libpod::Container container = find_one(runtime, name, call.latest);
    const libpod::ExecOptions options = options_of(call, environment);
    if (call.detach) {
        if (options.command.empty()) throw Error{ErrorKind::Invalid, "a command to execute is missing"};
        std::string session;
        container.exec(options, {}, &session);
        print_line(session);
        return 0;
    }
    warn_without_terminal(call.tty, call.interactive);
    const StreamChoice choice{.in = call.interactive, .out = true, .err = true};
    return exec_attached(container, options, attach_streams(runtime, choice, call.detach_keys, !call.tty));
}

}  // namespace

void define_exec(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ExecCall>();
    add_string(command, "--cidfile", call->cidfile, "FILE", "Read the container's ID from a file");
    add_flag(command, "-d,--detach", call->detach, "Run in the background and print the session's ID");
    add_string(command, "--detach-keys", call->detach_keys, "KEYS", "Keys that detach; empty switches them off");
    add_list(command, "-e,--env", call->env, "ENV", "Set an environment variable: NAME=value, or NAME to take it over");
    add_list(command, "--env-file", call->env_files, "FILE", "Read environment variables from a file");
    add_flag(command, "-i,--interactive", call->interactive, "Attach standard input");
    add_latest(command, call->latest);
    add_flag(command, "--no-session", call->no_session, "Record nothing of it: neither a session nor events");
    add_refused(command, "--preserve-fd", Takes::Value, "descriptors are passed by number with --preserve-fds");
    add_uint(command, "--preserve-fds", call->preserve_fds, "N", "Pass N further file descriptors to the process");
    add_flag(command, "--privileged", call->privileged, "Give the process all capabilities");
    add_flag(command, "-t,--tty", call->tty, "Give the process a terminal");
    add_string(command, "-u,--user", call->user, "USER[:GROUP]", "User and group of the process");
    add_string(command, "-w,--workdir", call->work_dir, "DIR", "Working directory inside the container");
    add_argument(command, "CONTAINER", call->first, /*required=*/false);
    add_arguments(command, "COMMAND", call->words);
    invocation.action = [call, &invocation](libpod::Runtime& runtime) {
        return exec(runtime, *call, invocation.environment);
    };
}

}  // namespace skiff::cli
