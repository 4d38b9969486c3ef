#pragma once
/// The commands of the runtime's command line (cli_main.h): each takes its words and gives back the exit status.

#include <sys/types.h>

#include <string>
#include <vector>

#include "oci/native/cli_options.h"
#include "oci/native/spec.h"
#include "util/error.h"
#include "util/fd.h"

namespace skiff::oci::native {

/// What the options before the command say.
struct Globals {
    std::string root = "/run/skiff-oci";
    bool systemd = false;
};

using Words = std::vector<std::string>;

/// A failure with an exit status of its own.
struct CommandFailure {
    Error error;
    int status;
};

/// To standard output.
void print(const std::string& text);
/// Throws Error{Invalid} unless there is exactly one.
std::string only_operand(const Options& options, const char* what = "a container ID");

/// --pid-file, when it is given: the file appears with its content.
void write_pid_file(const Options& options, pid_t pid);
/// Of --preserve-fds and $LISTEN_FDS together. Throws Error{Invalid}.
int preserve_fds(const Options& options);
/// The program finds the descriptors of socket activation as if systemd had started it. It is the first process that it can see.
/// Source: sd_listen_fds(3).
void tell_activation(Process& process);

/// A socket in the runtime's own directory for the terminal of a foreground process.
struct OwnConsole {
    UniqueFd listener;
    std::string path;

    OwnConsole(const std::string& root, bool wanted);
    OwnConsole(const OwnConsole&) = delete;
    OwnConsole& operator=(const OwnConsole&) = delete;
    ~OwnConsole();
};

/// Throws Error{Invalid} for --console-socket with a process that has no terminal: nothing would ever be sent to it.
void check_console_socket(const Options& options, const Process& process);

namespace command {

int create(const Globals& globals, const Words& words);
int remove(const Globals& globals, const Words& words);
int events(const Globals& globals, const Words& words);
int exec(const Globals& globals, const Words& words);
int features(const Globals& globals, const Words& words);
int kill(const Globals& globals, const Words& words);
int list(const Globals& globals, const Words& words);
int pause(const Globals& globals, const Words& words);
int ps(const Globals& globals, const Words& words);
int resume(const Globals& globals, const Words& words);
int run(const Globals& globals, const Words& words);
int spec(const Globals& globals, const Words& words);
int start(const Globals& globals, const Words& words);
int state(const Globals& globals, const Words& words);
int update(const Globals& globals, const Words& words);

}  // namespace command

}  // namespace skiff::oci::native
