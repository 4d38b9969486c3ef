#include "oci/native/cli_main.h"

#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "oci/native/cli_options.h"
#include "oci/native/cli_run.h"
#include "oci/native/errors.h"
#include "oci/native/factory.h"
#include "oci/native/names.h"
#include "oci/native/spec_parse.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/random.h"
#include "util/signals.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

/// A failure with an exit status of its own.
struct CommandFailure {
    Error error;
    int status;
};

struct Globals {
    std::string root = "/run/skiff-oci";
    bool systemd = false;
};

using Words = std::vector<std::string>;

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

void print(const std::string& text) { write_all(STDOUT_FILENO, text, "standard output"); }

std::string only_operand(const Options& options, const char* what = "a container ID") {
    if (options.operands().size() != 1) throw Error{ErrorKind::Invalid, concat("expected ", what)};
    return options.operands().front();
}

void write_pid_file(const Options& options, pid_t pid) {
    if (!options.has("pid-file")) return;
    const fs::path path = options.get("pid-file");
    const UniqueFd directory = open_directory(path.has_parent_path() ? path.parent_path() : ".");
    replace_file_at(directory.get(), path.filename(), std::to_string(pid), 0644);
}

/// Descriptors of socket activation, which start at 3 too. Source: sd_listen_fds(3).
std::int64_t activation_fds() {
    const char* listen = ::getenv("LISTEN_FDS");
    return listen == nullptr ? 0 : std::max<std::int64_t>(0, parse_int(listen).value_or(0));
}

int preserve_fds(const Options& options) {
    const std::int64_t count = parse_int(options.get("preserve-fds", "0")).value_or(-1);
    if (count < 0) throw Error{ErrorKind::Invalid, "--preserve-fds needs a number"};
    return static_cast<int>(count + activation_fds());
}

/// The program finds the descriptors of socket activation as if systemd had started it. It is the first process that it can see.
void tell_activation(Process& process) {
    const std::int64_t count = activation_fds();
    if (count == 0) return;
    process.env.push_back(concat("LISTEN_FDS=", count));
    process.env.emplace_back("LISTEN_PID=1");
}

const std::vector<OptionSpec>& create_options() {
    static const std::vector<OptionSpec> table = {
        {"bundle", 'b', true, "directory of the bundle (default: the current one)"},
        {"config", 'f', true, "another file than the bundle's config.json"},
        {"console-socket", '\0', true, "UNIX socket that gets the terminal"},
        {"detach", 'd', false, "leave once the container runs (run)"},
        {"keep", '\0', false, "do not delete the container at its end (run)"},
        {"no-new-keyring", '\0', false, "keep the caller's session keyring"},
        {"no-pivot", '\0', false, "change the root with chroot (root on a ramdisk)"},
        {"no-subreaper", '\0', false, "do not collect orphans of the container (run)"},
        {"pid-file", '\0', true, "file that gets init's pid"},
        {"preserve-fds", '\0', true, "pass that many descriptors from 3 on"},
    };
    return table;
}

/// Absolute, without "." and a slash at the end: callers compare it with what they gave.
fs::path clean_path(const fs::path& path) {
    const fs::path clean = fs::absolute(path).lexically_normal();
    return clean.has_filename() ? clean : clean.parent_path();
}

struct Bundle {
    CreateOptions options;
    std::string config;
    Spec spec;
};

Bundle read_bundle(const Globals& globals, const Options& options) {
    Bundle bundle;
    bundle.options.bundle = clean_path(options.get("bundle", "."));
    const fs::path config = options.has("config") ? fs::path{options.get("config")} : bundle.options.bundle / "config.json";
    bundle.config = read_file(config);
    bundle.spec = parse_spec(bundle.config);
    tell_activation(bundle.spec.process);
    bundle.options.console_socket = options.get("console-socket");
    bundle.options.preserve_fds = preserve_fds(options);
    bundle.options.systemd_cgroup = globals.systemd;
    bundle.options.no_pivot = options.has("no-pivot");
    bundle.options.no_new_keyring = options.has("no-new-keyring");
    return bundle;
}

int create(const Globals& globals, const Words& words) {
    const Options options{create_options(), words, true};
    const Bundle bundle = read_bundle(globals, options);
    Factory factory{globals.root};
    const std::string id = only_operand(options);
    const Container container = factory.create(id, bundle.spec, bundle.config, bundle.options);
    try {
        write_pid_file(options, container.record().init.pid);
    } catch (const Error&) {
        factory.remove(id, /*force=*/true);
        throw;
    }
    return 0;
}

/// A socket in the container's own directory for the terminal of a foreground process.
struct OwnConsole {
    UniqueFd listener;
    std::string path;

    OwnConsole(const std::string& root, bool wanted) {
        if (!wanted) return;
        const UniqueFd directory = make_directory(root, 0700);
        path = concat(root, "/@console-", random_hex(8));
        listener = listen_for_console(path);
    }
    OwnConsole(const OwnConsole&) = delete;
    OwnConsole& operator=(const OwnConsole&) = delete;
    ~OwnConsole() {
        if (!path.empty()) ::unlink(path.c_str());
    }
};

int run(const Globals& globals, const Words& words) {
    const Options options{create_options(), words, true};
    Bundle bundle = read_bundle(globals, options);
    const std::string id = only_operand(options);
    const bool detached = options.has("detach");
    const OwnConsole console{globals.root, bundle.spec.process.terminal && !detached && bundle.options.console_socket.empty()};
    if (console.listener) bundle.options.console_socket = console.path;
    if (!detached && !options.has("no-subreaper")) ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    Factory factory{globals.root};
    Container container = factory.create(id, bundle.spec, bundle.config, bundle.options);
    try {
        write_pid_file(options, container.record().init.pid);
        container.start();
    } catch (const Error&) {
        factory.remove(id, /*force=*/true);
        throw;
    }
    if (detached) return 0;
    const int status = attend(container.record().init.pid, console.listener.get());
    if (!options.has("keep")) factory.remove(id, /*force=*/true);
    return status;
}

int start(const Globals& globals, const Words& words) {
    const Options options{{}, words, true};
    Factory{globals.root}.load(only_operand(options)).start();
    return 0;
}

int state(const Globals& globals, const Words& words) {
    const Options options{{}, words, true};
    print(Factory{globals.root}.load(only_operand(options)).state_json() + "\n");
    return 0;
}

constexpr OptionSpec kRegex = {"regex", 'r', false, "the ID is an extended regular expression: all containers whose ID it matches"};

/// The container of that ID, or with --regex all that match.
Words chosen(const Options& options, const Factory& factory, const std::string& word) {
    if (!options.has("regex")) return {word};
    regex_t expression;
    if (::regcomp(&expression, word.c_str(), REG_EXTENDED | REG_NOSUB) != 0) throw Error{ErrorKind::Invalid, concat("not a regular expression: ", quote(word))};
    Words ids = factory.list();
    std::erase_if(ids, [&](const std::string& id) { return ::regexec(&expression, id.c_str(), 0, nullptr, 0) != 0; });
    ::regfree(&expression);
    return ids;
}

/// 0 asks whether init is there. Source: kill(2).
int signal_of(const std::string& word) {
    const auto signal = word == "0" ? std::optional{0} : parse_signal(word);
    if (!signal) throw Error{ErrorKind::Invalid, concat("unknown signal ", quote(word))};
    return *signal;
}

int kill(const Globals& globals, const Words& words) {
    const Options options{{{"all", 'a', false, "signal every process of the container"}, kRegex}, words, true};
    const Words& operands = options.operands();
    if (operands.empty() || operands.size() > 2) throw Error{ErrorKind::Invalid, "expected a container ID and a signal"};
    const int signal = signal_of(operands.size() == 2 ? operands[1] : "SIGTERM");
    const Factory factory{globals.root};
    for (const std::string& id : chosen(options, factory, operands[0])) factory.load(id).kill(signal, options.has("all"));
    return 0;
}

int remove(const Globals& globals, const Words& words) {
    const Options options{{{"force", 'f', false, "kill it first; absent is fine"}, kRegex}, words, true};
    Factory factory{globals.root};
    for (const std::string& id : chosen(options, factory, only_operand(options))) {
        try {
            factory.remove(id, options.has("force"));
        } catch (const NotExists&) {
            if (!options.has("force")) throw;
        }
    }
    return 0;
}

const std::vector<OptionSpec>& exec_options() {
    static const std::vector<OptionSpec> table = {
        {"process", 'p', true, "file with the process object"},
        {"console-socket", '\0', true, "UNIX socket that gets the terminal"},
        {"cwd", '\0', true, "working directory"},
        {"env", 'e', true, "NAME=VALUE"},
        {"tty", 't', false, "give it a terminal"},
        {"user", 'u', true, "UID[:GID]"},
        {"additional-gids", 'g', true, "supplementary group"},
        {"detach", 'd', false, "leave once it runs"},
        {"pid-file", '\0', true, "file that gets its pid"},
        {"process-label", '\0', true, "SELinux label"},
        {"apparmor", '\0', true, "AppArmor profile"},
        {"no-new-privs", '\0', false, "set no_new_privs"},
        {"cap", 'c', true, "add a capability to all sets but the ambient one"},
        {"preserve-fds", '\0', true, "pass that many descriptors from 3 on"},
        {"cgroup", '\0', true, "cgroup below the container's"},
        {"ignore-paused", '\0', false, "also in a paused container: it runs once that is resumed"},
    };
    return table;
}

std::uint32_t parse_id(const std::string& text) {
    const auto number = parse_uint(text);
    if (!number || *number >= UINT32_MAX) throw Error{ErrorKind::Invalid, concat("not a numeric ID: ", quote(text))};
    return static_cast<std::uint32_t>(*number);
}

void set_user(Process& process, const std::string& text) {
    const auto pair = split_once(text, ':');
    process.user.uid = parse_id(pair ? pair->first : text);
    process.user.gid = pair ? parse_id(pair->second) : 0;
    process.user.additional_gids.clear();
}

void add_capability(Process& process, const std::string& name) {
    const auto number = capability_number(name);
    if (!number) throw Error{ErrorKind::Invalid, concat("unknown capability ", quote(name))};
    const std::uint64_t bit = std::uint64_t{1} << *number;
    process.capabilities.bounding |= bit;
    process.capabilities.effective |= bit;
    process.capabilities.permitted |= bit;
}

/// The spec's process with what the options change.
Process process_from(const Options& options, Container& container) {
    if (options.has("process")) {
        Process process = parse_process(parse_json(read_file(options.get("process")), "process"));
        tell_activation(process);
        return process;
    }
    Process process = container.spec().process;
    const Words& operands = options.operands();
    if (operands.size() < 2) throw Error{ErrorKind::Invalid, "expected a container ID and a command"};
    process.args.assign(operands.begin() + 1, operands.end());
    process.terminal = options.has("tty");
    if (options.has("cwd")) process.cwd = options.get("cwd");
    for (const std::string& entry : options.all("env")) process.env.push_back(entry);
    if (options.has("user")) set_user(process, options.get("user"));
    for (const std::string& group : options.all("additional-gids")) process.user.additional_gids.push_back(parse_id(group));
    for (const std::string& name : options.all("cap")) add_capability(process, name);
    if (options.has("no-new-privs")) process.no_new_privileges = true;
    if (options.has("process-label")) process.selinux_label = options.get("process-label");
    if (options.has("apparmor")) process.apparmor_profile = options.get("apparmor");
    tell_activation(process);
    validate(process);
    return process;
}

int execute(const Globals& globals, const Words& words) {
    const Options options{exec_options(), words, false};
    if (options.operands().empty()) throw Error{ErrorKind::Invalid, "expected a container ID and a command"};
    Container container = Factory{globals.root}.load(options.operands().front());
    const Process process = process_from(options, container);
    const bool detached = options.has("detach");
    ExecOptions request;
    request.console_socket = options.get("console-socket");
    const OwnConsole console{globals.root, process.terminal && !detached && request.console_socket.empty()};
    if (console.listener) request.console_socket = console.path;
    request.preserve_fds = preserve_fds(options);
    request.cgroup = options.get("cgroup");
    request.ignore_paused = options.has("ignore-paused");
    const pid_t pid = container.exec(process, request);
    write_pid_file(options, pid);
    return detached ? 0 : attend(pid, console.listener.get());
}

/// What the process itself ends with is its own; a failure to make it has a status that programs rarely use, as runc and crun have it.
int exec(const Globals& globals, const Words& words) {
    try {
        return execute(globals, words);
    } catch (const Error& error) {
        throw CommandFailure{error, 255};
    }
}

int ps(const Globals& globals, const Words& words) {
    const Options options{{{"format", 'f', true, "table or json"}}, words, false};
    const Words& operands = options.operands();
    if (operands.empty()) throw Error{ErrorKind::Invalid, "expected a container ID"};
    const bool json = wants_json(options);
    print(processes_text(Factory{globals.root}.load(operands.front()).processes(), json, {operands.begin() + 1, operands.end()}));
    return 0;
}

int list(const Globals& globals, const Words& words) {
    const Options options{{{"format", 'f', true, "table or json"}, {"quiet", 'q', false, "IDs only"}}, words, true};
    print(list_text(Factory{globals.root}, wants_json(options), options.has("quiet")));
    return 0;
}

int pause(const Globals& globals, const Words& words) {
    Factory{globals.root}.load(only_operand(Options{{}, words, true})).pause();
    return 0;
}

int resume(const Globals& globals, const Words& words) {
    Factory{globals.root}.load(only_operand(Options{{}, words, true})).resume();
    return 0;
}

const std::vector<OptionSpec>& update_options() {
    static const std::vector<OptionSpec> table = {
        {"resources", 'r', true, "file with the resources object; - is standard input"},
        {"blkio-weight", '\0', true, "10 to 1000"},
        {"cpu-period", '\0', true, "microseconds"},
        {"cpu-quota", '\0', true, "microseconds"},
        {"cpu-burst", '\0', true, "microseconds"},
        {"cpu-share", '\0', true, "relative weight"},
        {"cpu-rt-period", '\0', true, "microseconds"},
        {"cpu-rt-runtime", '\0', true, "microseconds"},
        {"cpuset-cpus", '\0', true, "list of CPUs"},
        {"cpuset-mems", '\0', true, "list of memory nodes"},
        {"cpu-idle", '\0', true, "0 or 1"},
        {"memory", '\0', true, "bytes"},
        {"memory-reservation", '\0', true, "bytes"},
        {"memory-swap", '\0', true, "bytes; -1: no limit"},
        {"pids-limit", '\0', true, "0: no limit"},
    };
    return table;
}

template <typename Number>
void read_number(const Options& options, const char* name, std::optional<Number>& into) {
    if (!options.has(name)) return;
    const auto number = std::is_signed_v<Number> ? parse_size(options.get(name)) : parse_int(options.get(name));
    const auto plain = parse_int(options.get(name));
    if (!number && !plain) throw Error{ErrorKind::Invalid, concat("--", name, " needs a number")};
    into = static_cast<Number>(plain ? *plain : *number);
}

Resources resources_from(const Options& options) {
    if (options.has("resources")) {
        const std::string file = options.get("resources");
        const std::string text = file == "-" ? read_all(STDIN_FILENO, 1U << 20, "standard input") : read_file(file);
        return parse_resources(parse_json(text, "resources"));
    }
    Resources resources;
    read_number(options, "blkio-weight", resources.block_io.weight);
    read_number(options, "cpu-period", resources.cpu.period);
    read_number(options, "cpu-quota", resources.cpu.quota);
    read_number(options, "cpu-burst", resources.cpu.burst);
    read_number(options, "cpu-share", resources.cpu.shares);
    read_number(options, "cpu-rt-period", resources.cpu.realtime_period);
    read_number(options, "cpu-rt-runtime", resources.cpu.realtime_runtime);
    read_number(options, "cpu-idle", resources.cpu.idle);
    read_number(options, "memory", resources.memory.limit);
    read_number(options, "memory-reservation", resources.memory.reservation);
    read_number(options, "memory-swap", resources.memory.swap);
    read_number(options, "pids-limit", resources.pids_limit);
    resources.cpu.cpus = options.get("cpuset-cpus");
    resources.cpu.mems = options.get("cpuset-mems");
    return resources;
}

int update(const Globals& globals, const Words& words) {
    const Options options{update_options(), words, true};
    Factory{globals.root}.load(only_operand(options)).update(resources_from(options));
    return 0;
}

int events(const Globals& globals, const Words& words) {
    const Options options{{{"interval", '\0', true, "seconds between figures (default 5)"}, {"stats", '\0', false, "once, then leave"}}, words, true};
    const auto interval = parse_duration(options.get("interval", "5s"));
    if (!interval || interval->count() <= 0) throw Error{ErrorKind::Invalid, "--interval needs a time"};
    const Container container = Factory{globals.root}.load(only_operand(options));
    if (!options.has("stats")) return watch_events(container, std::chrono::duration_cast<std::chrono::milliseconds>(*interval));
    if (container.status() == Status::Stopped) throw Error{ErrorKind::WrongState, concat("container ", quote(container.id()), " is not running")};
    print(stats_document(container) + "\n");
    return 0;
}

int spec(const Globals&, const Words& words) {
    const Options options{{{"bundle", 'b', true, "where to write config.json"}, {"file", 'f', true, "another name than config.json"},
                           {"rootless", '\0', false, "in a user namespace whose root is the caller"}}, words, true};
    const fs::path path = fs::path{options.get("bundle", ".")} / options.get("file", "config.json");
    const UniqueFd file = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    write_all(file.get(), example_spec(options.has("rootless")) + "\n", path.native());
    return 0;
}

int features(const Globals&, const Words& words) {
    const Options options{{}, words, true};
    if (!options.operands().empty()) throw Error{ErrorKind::Invalid, "features takes no operands"};
    print(features_document() + "\n");
    return 0;
}

int refuse(const Globals&, const Words&) {
    throw Error{ErrorKind::Unsupported, "checkpoint and restore are not supported by this runtime", "use --runtime crun or runc, built with CRIU"};
}

struct Command {
    const char* name;
    const char* summary;
    int (*run)(const Globals&, const Words&);
};

constexpr Command kCommands[] = {
    {"checkpoint", "not supported", refuse},
    {"create", "create a container", create},
    {"delete", "remove a container", remove},
    {"events", "print figures and out-of-memory events", events},
    {"exec", "run a further process in a container", exec},
    {"features", "print what this runtime can do", features},
    {"kill", "send a signal to a container", kill},
    {"list", "list containers", list},
    {"pause", "freeze a container", pause},
    {"ps", "list the processes of a container", ps},
    {"restore", "not supported", refuse},
    {"resume", "thaw a container", resume},
    {"run", "create, start, wait and delete", run},
    {"spec", "write an example config.json", spec},
    {"start", "start a created container", start},
    {"state", "print a container's state", state},
    {"update", "change resource limits", update},
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
        print(concat("Usage: skiff-oci ", command.name, " [OPTION]... [ARG]...\n\nPurpose: ", command.summary, ".\n", wanted.options.empty() ? "" : "\nOptions:\n", wanted.options));
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
