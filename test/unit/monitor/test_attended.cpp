#include <doctest/doctest.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>

#include "oci/monitor/attended.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/process.h"

using namespace skiff;
using oci::monitor::AttendedProcess;

namespace {

/// What `program` writes, by way of an AttendedProcess, into a file each; and how it ended.
struct Attended {
    std::string out, err;
    ExitStatus status;
};

ChildProcess start(const AttendedProcess& process, const std::function<int()>& program) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (process.in() >= 0) ::dup2(process.in(), 0);
        ::dup2(process.out(), 1);
        ::dup2(process.err(), 2);
        close_all_except({});
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::_exit(program());
    }
    return ChildProcess{pid};
}

std::string content(int fd) {
    ::lseek(fd, 0, SEEK_SET);
    return read_all(fd, 64U << 20, "output");
}

UniqueFd scratch_file() { return UniqueFd{::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)}; }

Attended attend(const std::function<int()>& program) {
    const UniqueFd out = scratch_file();
    const UniqueFd err = scratch_file();
    AttendedProcess process{-1, out.get(), err.get(), /*proxy=*/true};
    const ExitStatus status = process.run(start(process, program));
    return {content(out.get()), content(err.get()), status};
}

int shell(const char* script) {
    ::execl("/bin/sh", "sh", "-c", script, nullptr);
    return 127;
}

}  // namespace

TEST_CASE("attended: output, errors and status are passed on") {
    const auto result = attend([] { return shell("echo out; echo err >&2; exit 7"); });
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
    CHECK(result.status.code == 7);
    CHECK(result.status.signal == 0);
}

TEST_CASE("attended: a signal's end has its number") {
    const auto result = attend([] { return shell("kill -USR1 $$"); });
    CHECK(result.status.code == 128 + SIGUSR1);
    CHECK(result.status.signal == SIGUSR1);
}

TEST_CASE("attended: much output is complete, also what is in the pipe at the end") {
    const auto result = attend([] { return shell("head -c 3000000 /dev/zero; head -c 900000 /dev/zero >&2"); });
    CHECK(result.out.size() == 3'000'000);
    CHECK(result.err.size() == 900'000);
}

TEST_CASE("attended: what the process leaves running is not waited for, and no more than was there is read of it") {
    const auto started = std::chrono::steady_clock::now();
    const auto result = attend([] { return shell("sleep 20 & (while :; do echo more; done) & echo first; sleep 0.1; kill $! ; exit 3"); });
    CHECK(result.status.code == 3);
    CHECK(result.out.find("first\n") != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds{15});
}

TEST_CASE("attended: many small pieces in the pipe at the end, which somebody else holds open") {
    const auto result = attend([] {
        for (int i = 0; i < 200; ++i) {
            if (::write(1, "x\n", 2) != 2) return 1;
        }
        if (::fork() == 0) {
            ::sleep(2);
            ::_exit(0);
        }
        return 0;
    });
    CHECK(result.status.code == 0);
    CHECK(result.out.size() == 400);
}

TEST_CASE("attended: input is passed on to its end") {
    const UniqueFd input = scratch_file();
    const std::string text(3'000'000, 'x');
    write_all(input.get(), text, "input");
    ::lseek(input.get(), 0, SEEK_SET);
    const UniqueFd out = scratch_file();
    AttendedProcess process{input.get(), out.get(), -1, /*proxy=*/true};
    CHECK(process.run(start(process, [] { return shell("cat; echo end"); })).code == 0);
    CHECK(content(out.get()) == text + "end\n");
}

TEST_CASE("attended: a process that does not read its input ends all the same") {
    const UniqueFd endless{::open("/dev/zero", O_RDONLY | O_CLOEXEC)};
    const UniqueFd out = scratch_file();
    AttendedProcess process{endless.get(), out.get(), -1, /*proxy=*/true};
    CHECK(process.run(start(process, [] { return shell("exec <&-; sleep 0.1; echo done; exit 2"); })).code == 2);
    CHECK(content(out.get()) == "done\n");
}

TEST_CASE("attended: a reader that leaves is told to the process by SIGPIPE") {
    Pipe pipe = make_pipe();
    const UniqueFd err = scratch_file();
    AttendedProcess process{-1, pipe.write_end.get(), err.get(), /*proxy=*/true};
    pipe.read_end.reset();
    const ExitStatus status = process.run(start(process, [] { return shell("while :; do echo y; done"); }));
    CHECK(status.signal == SIGPIPE);
}

TEST_CASE("attended: signals reach the process") {
    const UniqueFd out = scratch_file();
    AttendedProcess process{-1, out.get(), -1, /*proxy=*/true};
    CHECK(process.err() == -1);
    ChildProcess child = start(process, [] { return shell("trap 'echo got; exit 5' TERM; while :; do sleep 0.05; done"); });
    const pid_t self = ::getpid();
    const pid_t sender = ::fork();
    if (sender == 0) {
        ::usleep(300'000);
        ::kill(self, SIGTERM);
        ::_exit(0);
    }
    const ExitStatus status = process.run(std::move(child));
    ChildProcess{sender}.wait();
    CHECK(status.code == 5);
    CHECK(content(out.get()) == "got\n");
}

TEST_CASE("attended: it writes from the background to a terminal that forbids it, rather than be stopped") {
    int master = -1;
    const pid_t session = ::forkpty(&master, nullptr, nullptr, nullptr);
    if (session == 0) {
        termios modes{};
        ::tcgetattr(1, &modes);
        modes.c_lflag |= TOSTOP;
        ::tcsetattr(1, TCSANOW, &modes);
        const pid_t command = ::fork();
        if (command == 0) {
            ::setpgid(0, 0);
            AttendedProcess process{-1, 1, -1, /*proxy=*/true};
            ::_exit(process.run(start(process, [] { return ::write(1, "said\n", 5) == 5 ? 6 : 1; })).code);
        }
        int status = 0;
        ::waitpid(command, &status, WUNTRACED);
        if (WIFSTOPPED(status)) ::kill(command, SIGKILL);
        ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
    }
    const UniqueFd terminal{master};
    ChildProcess child{session};
    std::string said;
    std::array<char, 256> bytes;
    for (ssize_t got; (got = ::read(master, bytes.data(), bytes.size())) > 0;) said.append(bytes.data(), static_cast<std::size_t>(got));
    CHECK(child.wait().code == 6);
    CHECK(said.find("said") != std::string::npos);
}

TEST_CASE("attended: the signal mask is the caller's again afterwards") {
    sigset_t before, after;
    ::sigprocmask(SIG_SETMASK, nullptr, &before);
    attend([] { return 0; });
    ::sigprocmask(SIG_SETMASK, nullptr, &after);
    for (int signal = 1; signal < 32; ++signal) CHECK(::sigismember(&before, signal) == ::sigismember(&after, signal));
}
