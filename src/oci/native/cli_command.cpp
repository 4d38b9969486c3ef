#include "oci/native/cli_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "oci/native/cli_run.h"
#include "util/files.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::oci::native {

void print(const std::string& text) { write_all(STDOUT_FILENO, text, "standard output"); }

std::string only_operand(const Options& options, const char* what) {
    if (options.operands().size() != 1) throw Error{ErrorKind::Invalid, concat("expected ", what)};
    return options.operands().front();
}

void write_pid_file(const Options& options, pid_t pid) {
    if (!options.has("pid-file")) return;
    const fs::path path = options.get("pid-file");
    const UniqueFd directory = open_directory(path.has_parent_path() ? path.parent_path() : ".");
    replace_file_at(directory.get(), path.filename(), std::to_string(pid), 0644);
}

namespace {

/// Descriptors of socket activation, which start at 3 too. Source: sd_listen_fds(3).
std::int64_t activation_fds() {
    const char* listen = ::getenv("LISTEN_FDS");
    return listen == nullptr ? 0 : std::max<std::int64_t>(0, parse_int(listen).value_or(0));
}

}  // namespace

int preserve_fds(const Options& options) {
    const std::int64_t count = parse_int(options.get("preserve-fds", "0")).value_or(-1);
    if (count < 0) throw Error{ErrorKind::Invalid, "--preserve-fds needs a number"};
    return static_cast<int>(count + activation_fds());
}

void tell_activation(Process& process) {
    const std::int64_t count = activation_fds();
    if (count == 0) return;
    process.env.push_back(concat("LISTEN_FDS=", count));
    process.env.emplace_back("LISTEN_PID=1");
}

OwnConsole::OwnConsole(const std::string& root, bool wanted) {
    if (!wanted) return;
    const UniqueFd directory = make_directory(root, 0700);
    path = concat(root, "/@console-", random_hex(8));
    listener = listen_for_console(path);
}

OwnConsole::~OwnConsole() {
    if (!path.empty()) ::unlink(path.c_str());
}

void check_console_socket(const Options& options, const Process& process) {
    if (!options.has("console-socket") || process.terminal) return;
    throw Error{ErrorKind::Invalid, "--console-socket is for a process with a terminal", "set process.terminal in the configuration, or give exec --tty"};
}

}  // namespace skiff::oci::native
