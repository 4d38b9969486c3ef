#include <cstdint>

#include "oci/native/cli_command.h"
#include "oci/native/cli_run.h"
#include "oci/native/factory.h"
#include "oci/native/names.h"
#include "oci/native/spec_parse.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

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

/// One for every hierarchy, as in the unified one. Throws Error{Unsupported} for runc's CONTROLLER:PATH.
std::string sub_cgroup(const Options& options) {
    const std::string path = options.get("cgroup");
    if (path.find(':') == std::string::npos && options.all("cgroup").size() <= 1) return path;
    throw Error{ErrorKind::Unsupported, "--cgroup names one cgroup, for every controller", "give a path below the container's cgroup, once"};
}

int execute(const Globals& globals, const Words& words) {
    const Options options{exec_options(), words, false};
    if (options.operands().empty()) throw Error{ErrorKind::Invalid, "expected a container ID and a command"};
    Container container = Factory{globals.root}.load(options.operands().front());
    const Process process = process_from(options, container);
    check_console_socket(options, process);
    const bool detached = options.has("detach");
    ExecOptions request;
    request.console_socket = options.get("console-socket");
    const OwnConsole console{globals.root, process.terminal && !detached && request.console_socket.empty()};
    if (console.listener) request.console_socket = console.path;
    request.preserve_fds = preserve_fds(options);
    request.cgroup = sub_cgroup(options);
    request.ignore_paused = options.has("ignore-paused");
    const pid_t pid = container.exec(process, request);
    write_pid_file(options, pid);
    return detached ? 0 : attend(pid, console.listener.get());
}

}  // namespace

namespace command {

/// What the process itself ends with is its own; a failure to make it has a status that programs rarely use, as runc and crun have it.
int exec(const Globals& globals, const Words& words) {
    try {
        return execute(globals, words);
    } catch (const Error& error) {
        throw CommandFailure{error, 255};
    }
}

}  // namespace command

}  // namespace skiff::oci::native
