#include "oci/native/cli_main.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <optional>

#include "oci/native/cli_command.h"
#include "oci/native/cli_options.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

const std::vector<OptionSpec>& global_options() {
    static const std::vector<OptionSpec> table = {
        {"root", '\0', true, "directory of container states (default /run/skiff-oci)"},
        {"log", '\0', true, "file that errors are also written to"},
        {"log-format", '\0', true, "text or json"},
        {"log-level", '\0', true, "debug, info, warn or error"},
        {"debug", '\0', false, "as --log-level debug"},
        {"systemd-cgroup", 's', false, "let systemd make the cgroups (cgroupsPath is SLICE:PREFIX:NAME)"},
        {"cgroup-manager", '\0', true, "cgroupfs or systemd"},
        {"rootless", '\0', true, "auto or false: this runtime runs as root"},
        {"version", 'v', false, "print the version"},
        {"help", 'h', false, "print this help"},
    };
    return table;
}

int refuse(const Globals&, const Words&) {
    throw Error{ErrorKind::Unsupported, "checkpoint and restore are not supported by this runtime", "use --runtime crun or runc, built with CRIU"};
}

struct Command {
    const char* name;
    const char* operands;
    const char* summary;
    int (*run)(const Globals&, const Words&);
};

constexpr Command kCommands[] = {
    {"checkpoint", "CONTAINER", "not supported", refuse},
    {"create", "CONTAINER", "create a container", command::create},
    {"delete", "CONTAINER", "remove a container", command::remove},
    {"events", "CONTAINER", "print figures and out-of-memory events", command::events},
    {"exec", "CONTAINER COMMAND [ARG]...", "run a further process in a container", command::exec},
    {"features", "", "print what this runtime can do", command::features},
    {"kill", "CONTAINER [SIGNAL]", "send a signal to a container", command::kill},
    {"list", "", "list containers", command::list},
    {"pause", "CONTAINER", "freeze a container", command::pause},
    {"ps", "CONTAINER [PS-OPTION]...", "list the processes of a container", command::ps},
    {"restore", "CONTAINER", "not supported", refuse},
    {"resume", "CONTAINER", "thaw a container", command::resume},
    {"run", "CONTAINER", "create, start, wait and delete", command::run},
    {"spec", "", "write an example config.json", command::spec},
    {"start", "CONTAINER", "start a created container", command::start},
    {"state", "CONTAINER", "print a container's state", command::state},
    {"update", "CONTAINER", "change resource limits", command::update},
};

std::string help() {
    std::string text = "Usage: skiff-oci [OPTION]... COMMAND [ARG]...\n\nAn OCI runtime.\n\nCommands:\n";
    for (const Command& command : kCommands) {
        std::string left = concat("  ", command.name);
        left.resize(14, ' ');
        text += concat(left, command.summary, "\n");
    }
    return concat(text, "\nOptions:\n", option_help(global_options()));
}

std::string version_text() {
    return concat("skiff-oci version " SKIFF_VERSION "\nspec: 1.2.0\n+CAP +SECCOMP +EBPF +CGROUPS +APPARMOR +SELINUX +SYSTEMD\n");
}

std::string whole_message(const Error& error) {
    return error.hint().empty() ? std::string{error.what()} : concat(error.what(), " (", error.hint(), ")");
}

/// Callers with pipes (conmon) read the file given by --log: its last line is the message that the user sees.
void write_log(const Options& options, const std::string& message) {
    if (!options.has("log")) return;
    std::string path = options.get("log");
    if (path.starts_with("file:")) path.erase(0, 5);
    const UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    if (!file) return;
    const std::string time = rfc3339(now_nanos());
    const std::string line = options.get("log-format", "text") == "json"
        ? dump(OrderedJson{{"msg", message}, {"level", "error"}, {"time", time}}) + "\n"
        : concat("time=\"", time, "\" level=error msg=", quote(message), "\n");
    if (::write(file.get(), line.data(), line.size()) < 0) log::debug("the log file cannot be written, ignoring");
}

/// Where crun's --log may lead beside a file, but not this one's: a caller would look for its errors there.
void check_log_options(const Options& options) {
    const std::string log = options.get("log");
    if (log.starts_with("syslog:") || log.starts_with("journald:")) throw Error{ErrorKind::Unsupported, concat("--log ", log, ": only files are written")};
    const std::string format = options.get("log-format", "text");
    if (format != "text" && format != "json") throw Error{ErrorKind::Invalid, concat("unknown --log-format ", quote(format)), "text or json"};
}

int run_command(const Command& command, const Globals& globals, const Words& words) {
    try {
        return command.run(globals, words);
    } catch (const HelpWanted& wanted) {
        print(concat("Usage: skiff-oci ", command.name, " [OPTION]... ", command.operands, "\n\nPurpose: ", command.summary, ".\n", wanted.options.empty() ? "" : "\nOptions:\n", wanted.options));
        return 0;
    }
}

const Command& find_command(const std::string& name) {
    for (const Command& command : kCommands) {
        if (name == command.name) return command;
    }
    throw Error{ErrorKind::Invalid, concat("unknown command ", quote(name))};
}

int dispatch(const Options& options, const Words& words) {
    check_log_options(options);
    Globals globals;
    globals.root = fs::absolute(options.get("root", globals.root));
    globals.systemd = options.has("systemd-cgroup") || options.get("cgroup-manager") == "systemd";
    if (const std::string word = options.get("rootless", "auto"); word != "auto" && word != "false") {
        throw Error{ErrorKind::Unsupported, concat("--rootless ", word, ": this runtime runs as root")};
    }
    if (options.has("debug")) log::set_level("debug");
    if (options.has("log-level")) log::set_level(options.get("log-level"));
    const bool help_of = words.front() == "help";
    return run_command(find_command(words[help_of ? 1 : 0]), globals, help_of ? Words{"--help"} : Words{words.begin() + 1, words.end()});
}

int fail(const Options* options, const Error& error, int status = 1) {
    const std::string message = whole_message(error);
    if (options != nullptr) write_log(*options, message);
    std::fprintf(stderr, "Error: %s\n", message.c_str());
    return status;
}

}  // namespace

int run_oci_command(int argc, char** argv) {
    const Words words{argv + 1, argv + argc};
    std::optional<Options> options;
    try {
        options.emplace(global_options(), words, false);
        if (options->has("version")) {
            print(version_text());
            return 0;
        }
        if (options->has("help") || options->operands().empty() || options->operands() == Words{"help"}) {
            print(help());
            return 0;
        }
        return dispatch(*options, options->operands());
    } catch (const CommandFailure& failure) {
        return fail(&*options, failure.error, failure.status);
    } catch (const Error& error) {
        return fail(options ? &*options : nullptr, error);
    } catch (const std::exception& error) {
        return fail(options ? &*options : nullptr, Error{ErrorKind::System, error.what()});
    }
}

}  // namespace skiff::oci::native
