#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "oci/monitor/blocked_parents.h"
#include "util/fd.h"
#include "util/process.h"
#include "util/text.h"

using namespace skiff;

namespace {

/// A PID namespace with an init, and with an ended process whose parent outside does not collect it.
struct Namespace {
    ProcessIdentity init;
    ChildProcess parent;
};

/// In the parent. `program`: what it turns into; null: stays.
[[noreturn]] void make(int report, const char* program) {
    if (::unshare(CLONE_NEWPID) != 0) ::_exit(1);
    const pid_t init = ::fork();
    if (init == 0) {
        for (;;) ::pause();
    }
    if (::fork() == 0) ::_exit(0);
    if (::write(report, &init, sizeof init) != sizeof init) ::_exit(1);
    if (program != nullptr) ::execl(program, program, "1000", nullptr);
    for (;;) ::pause();
}

Namespace make_namespace(const char* program = nullptr) {
    const Pipe report = make_pipe();
    const pid_t parent = ::fork();
    if (parent == 0) make(report.write_end.get(), program);
    pid_t init = -1;
    REQUIRE(::read(report.read_end.get(), &init, sizeof init) == sizeof init);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});  // until the other one has ended, and the program runs
    return {identity_of(init), ChildProcess{parent}};
}

bool ends(const ProcessIdentity& process, std::chrono::milliseconds patience) {
    const UniqueFd pidfd = open_pidfd(process);
    return !pidfd || wait_for_exit(pidfd.get(), patience);
}

void kill_init(const Namespace& space) { ::kill(space.init.pid, SIGKILL); }

}  // namespace

TEST_CASE("blocked parents: one of this program that holds up the end of a PID namespace is killed") {
    Namespace space = make_namespace();
    kill_init(space);
    CHECK_FALSE(ends(space.init, std::chrono::milliseconds{200}));
    oci::monitor::kill_blocked_parents(space.init);
    CHECK(space.parent.wait().signal == SIGKILL);
    CHECK(ends(space.init, std::chrono::seconds{10}));
}

TEST_CASE("blocked parents: a stranger is left alone unless it is known") {
    Namespace space = make_namespace("/bin/sleep");
    kill_init(space);
    const ProcessIdentity parent = identity_of(space.parent.pid());
    oci::monitor::kill_blocked_parents(space.init);
    CHECK_FALSE(ends(parent, std::chrono::milliseconds{200}));
    oci::monitor::kill_blocked_parents(space.init, std::span{&parent, 1});
    CHECK(space.parent.wait().signal == SIGKILL);
    CHECK(ends(space.init, std::chrono::seconds{10}));
}

TEST_CASE("blocked parents: parents of what still runs are left alone") {
    Namespace space = make_namespace();
    Namespace other = make_namespace();
    kill_init(space);
    oci::monitor::kill_blocked_parents(space.init);
    CHECK(space.parent.wait().signal == SIGKILL);
    CHECK_FALSE(ends(identity_of(other.parent.pid()), std::chrono::milliseconds{200}));
    CHECK(is_alive(other.init));
    kill_init(other);
}
