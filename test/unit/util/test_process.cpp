#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "util/fd.h"
#include "util/process.h"

using namespace skiff;

TEST_CASE("a process whose first thread has ended is alive until the last one has") {
    const Pipe gate = make_pipe();
    const pid_t pid = ::fork();
    if (pid == 0) {
        std::thread{[&] {
            char byte = 0;
            while (::read(gate.read_end.get(), &byte, 1) < 0) continue;
            ::_exit(0);
        }}.detach();
        ::syscall(SYS_exit, 0);  // this thread only
    }
    ChildProcess child{pid};
    const ProcessIdentity identity = identity_of(pid);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    CHECK(is_alive(identity));
    REQUIRE(::write(gate.write_end.get(), "x", 1) == 1);
    const UniqueFd pidfd = open_pidfd(identity);
    CHECK((!pidfd || wait_for_exit(pidfd.get(), std::chrono::seconds{10})));
    CHECK_FALSE(is_alive(identity));
    child.wait();
}
