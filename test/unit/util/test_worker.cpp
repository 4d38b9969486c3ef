#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "util/error.h"
#include "util/fd.h"
#include "util/process.h"
#include "util/worker.h"

using namespace skiff;
using namespace std::chrono_literals;

TEST_CASE("a worker gives back bytes and messages, and runs in another process") {
    const auto parent = ::getpid();
    std::string messages;
    const std::string large(3'000'000, 'x');
    const auto result = run_in_worker("testing", [&](const WorkerChannel& channel) {
        channel.send("one ");
        channel.send(::getpid() == parent ? "same" : "two");
        return std::string("\0bytes", 6) + large;
    }, [&](std::string_view message) { messages += message; });
    CHECK(result == std::string("\0bytes", 6) + large);
    CHECK(messages == "one two");
}

TEST_CASE("a worker's error arrives whole") {
    try {
        run_in_worker("testing", [](const WorkerChannel&) -> std::string { throw SystemError{ENOSPC, "writing \"x\"", "free some space"}; });
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::System);
        CHECK(error.code() == ENOSPC);
        CHECK(error.hint() == "free some space");
        CHECK(std::string{error.what()} == SystemError{ENOSPC, "writing \"x\""}.what());
    }
    try {
        run_in_worker("testing", [](const WorkerChannel&) -> std::string { throw Error{ErrorKind::NotFound, "no image \"\xff\""}; });
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::NotFound);
    }
    CHECK_THROWS_WITH_AS(run_in_worker("testing", [](const WorkerChannel&) -> std::string { throw std::runtime_error("other"); }), "other", Error);
}

TEST_CASE("a worker that is killed or interrupted is an error, never a hang") {
    const auto ending = [](int signal) {
        try {
            run_in_worker("testing", [signal](const WorkerChannel&) -> std::string {
                ::raise(signal);
                ::pause();
                return {};
            });
        } catch (const Error& error) {
            CHECK(std::string{error.what()}.find("testing") != std::string::npos);
            return error.kind();
        }
        return ErrorKind::Exists;
    };
    CHECK(ending(SIGKILL) == ErrorKind::System);
    CHECK(ending(SIGINT) == ErrorKind::Cancelled);
    CHECK(ending(SIGTERM) == ErrorKind::Cancelled);
}

TEST_CASE("a worker dies with its parent") {
    Pipe pipe = make_pipe();
    const pid_t parent = ::fork();
    if (parent == 0) {
        run_in_worker("testing", [&](const WorkerChannel&) -> std::string {
            const pid_t self = ::getpid();
            write_all(pipe.write_end.get(), {reinterpret_cast<const char*>(&self), sizeof self}, "pipe");
            for (;;) ::pause();
        });
        ::_exit(0);
    }
    pipe.write_end.reset();
    pid_t worker = 0;
    REQUIRE(::read(pipe.read_end.get(), &worker, sizeof worker) == static_cast<ssize_t>(sizeof worker));
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    char byte;
    CHECK(::read(pipe.read_end.get(), &byte, 1) == 0);  // ends when the worker does
}
