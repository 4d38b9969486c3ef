/// What the monitor's tests run: `monitor` as skiff's hidden command does, anything else is one small task.
///
///   launch RUN_DIR OPTIONS_JSON PROGRAM ARG...   a child process with the monitor's streams, then become the monitor
///   attach RUN_DIR PID OPTIONS_JSON              an attached client; prints its result to descriptor 3 when open
///   successor RUN_DIR
///   emit BYTES LINE_LENGTH [stderr]              writes that much, numbered lines (0: no newline at all)

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "oci/monitor/monitor.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::oci::monitor;

namespace {

Plan plan_of(const char* run_dir, const char* options) {
    Plan plan = plan_from_json(parse_json(options, "options"));
    plan.run_dir = run_dir;
    return plan;
}

UniqueFd open_terminal(UniqueFd& slave) {
    UniqueFd master{::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
    if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) throw SystemError{errno, "openpt"};
    slave = open_at(AT_FDCWD, ::ptsname(master.get()), O_RDWR | O_NOCTTY);
    return master;
}

[[noreturn]] void become_program(Streams& streams, UniqueFd& slave, int gate, char** argv) {
    char go = 0;
    if (::read(gate, &go, 1) != 1) ::_exit(1);
    ::setsid();
    const int null = ::open("/dev/null", O_RDWR);
    const auto choose = [&](const UniqueFd& fd) { return slave ? slave.get() : fd ? fd.get() : null; };
    ::dup2(choose(streams.container_stdin), 0);
    ::dup2(choose(streams.container_stdout), 1);
    ::dup2(choose(streams.container_stderr), 2);
    if (slave) ::ioctl(0, TIOCSCTTY, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execvp(argv[0], argv);
    ::_exit(127);
}

/// Prints "PID\n" and waits for one byte on stdin before the program may run: the test attaches between.
int launch(char** argv) {
    Plan plan = plan_of(argv[0], argv[1]);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::setsid();
    Streams streams = make_streams(plan, ::geteuid(), ::getegid());
    UniqueFd slave;
    if (plan.terminal) streams.monitor_side.terminal = open_terminal(slave);
    Pipe gate = make_pipe();
    const pid_t child = ::fork();
    if (child == 0) {
        gate.write_end.reset();
        become_program(streams, slave, gate.read_end.get(), argv + 2);
    }
    plan.process = identity_of(child);
    record_plan(plan);
    const std::string line = concat(child, "\n");
    write_all(1, line, "stdout");
    char go = 0;
    if (::read(0, &go, 1) != 1) return 1;
    write_all(gate.write_end.get(), "g", "gate");
    become_monitor(plan, std::move(streams.monitor_side));
}

int attach(char** argv) {
    const Json options = parse_json(argv[2], "options");
    AttachOptions wanted;
    wanted.stdin_fd = bool_or(options, "stdin") ? 0 : -1;
    wanted.stdout_fd = bool_or(options, "stdout", true) ? 1 : -1;
    wanted.stderr_fd = bool_or(options, "stderr", true) ? 2 : -1;
    wanted.sig_proxy = bool_or(options, "proxy", true);
    wanted.promise_settle = bool_or(options, "promise");
    wanted.detach_keys = string_or(options, "keys", wanted.detach_keys);
    AttachSession session{argv[0], wanted};
    const ProcessIdentity process = identity_of(static_cast<pid_t>(parse_int(argv[1]).value_or(0)));
    write_all(3, "attached\n", "results");
    const AttachResult result = session.run(process);
    if (bool_or(options, "settle")) session.settled();
    const std::string text = concat(result.detached ? "detached" : result.monitor_lost ? "lost" : result.output_closed ? "closed" : "exit",
                                    " ", result.exit ? result.exit->code : -1, " ", result.exit ? result.exit->signal : -1, "\n");
    write_all(3, text, "results");
    return 0;
}

int emit(int argc, char** argv) {
    const auto total = static_cast<std::size_t>(parse_int(argv[0]).value_or(0));
    const auto line = static_cast<std::size_t>(parse_int(argv[1]).value_or(0));
    std::string block(1 << 16, 'x');
    for (std::size_t i = 0; line > 0 && i < block.size(); ++i) {
        block[i] = (i + 1) % line == 0 ? '\n' : static_cast<char>('a' + i / line % 26);
    }
    if (line > 0) block.resize(block.size() / line * line);
    for (std::size_t done = 0; done < total;) {
        const std::size_t part = std::min(block.size(), total - done);
        write_all(argc > 2 ? 2 : 1, std::string_view{block}.substr(0, part), "output");
        done += part;
    }
    return 0;
}

int dispatch(int argc, char** argv) {
    const std::string_view task{argc > 1 ? argv[1] : ""};
    if (task == "monitor") return run_monitor(argc, argv);
    if (task == "launch" && argc > 4) return launch(argv + 2);
    if (task == "attach" && argc > 4) return attach(argv + 2);
    if (task == "emit" && argc > 3) return emit(argc - 2, argv + 2);
    if (task == "successor" && argc > 2) {
        std::printf("%d\n", start_successor(argv[2]).pid);
        return 0;
    }
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return dispatch(argc, argv);
    } catch (const Error& error) {
        std::fprintf(stderr, "driver: %s\n", error.what());
        return 3;
    }
}
