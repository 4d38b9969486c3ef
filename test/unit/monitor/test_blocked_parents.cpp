#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
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

using namespace std::chrono_literals;

/// A PID namespace with an init, and with an ended process whose parent outside does not collect it.
struct Namespace {
    ProcessIdentity init;
    ChildProcess parent;
};

/// What is left behind by a parent comes here: PID 1 of where the tests run may collect nothing.
struct Subreaper {
    Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
    ~Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }

    bool sees_end(const ProcessIdentity& process) const {
        for (int attempt = 0; attempt < 1000 && is_alive(process); ++attempt) {
            while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
            std::this_thread::sleep_for(10ms);
        }
        return !is_alive(process);
    }
};

[[noreturn]] void stay() {
    for (;;) ::pause();
}

/// On SIGCONT: collects, as a command that was stopped does.
void collect(int) { ::waitpid(-1, nullptr, WNOHANG); }

enum class Parent { Blocked, Stopped, Stranger };

/// In the parent. `ready` closes when it is what it shall be.
[[noreturn]] void make(UniqueFd ready, Parent kind) {
    if (::unshare(CLONE_NEWPID) != 0) ::_exit(1);
    const pid_t init = ::fork();
    if (init == 0) {
        ready.reset();
        stay();
    }
    const pid_t ended = ::fork();
    if (ended == 0) ::_exit(0);
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT);
    if (::write(ready.get(), &init, sizeof init) != sizeof init) ::_exit(1);
    if (kind == Parent::Stranger) ::execl("/bin/sleep", "sleep", "1000", nullptr);
    if (kind == Parent::Stopped) ::signal(SIGCONT, collect);
    ready.reset();
    if (kind == Parent::Stopped) ::raise(SIGSTOP);
    stay();
}

Namespace make_namespace(Parent kind) {
    Pipe report = make_pipe();
    const pid_t parent = ::fork();
    if (parent == 0) make(std::move(report.write_end), kind);
    report.write_end.reset();
    pid_t init = -1;
    REQUIRE(::read(report.read_end.get(), &init, sizeof init) == sizeof init);
    char more = 0;
    REQUIRE(::read(report.read_end.get(), &more, 1) == 0);
    return {identity_of(init), ChildProcess{parent}};
}

bool ends(const ProcessIdentity& process, std::chrono::milliseconds patience) {
    const UniqueFd pidfd = open_pidfd(process);
    return !pidfd || wait_for_exit(pidfd.get(), patience);
}

/// Until it is about to end, which it cannot.
void kill_init(const Namespace& space) {
    ::kill(space.init.pid, SIGKILL);
    CHECK_FALSE(ends(space.init, 200ms));
}

}  // namespace

TEST_CASE("blocked parents: one of this program that holds up the end of a PID namespace is killed") {
    const Subreaper subreaper;
    Namespace space = make_namespace(Parent::Blocked);
    kill_init(space);
    CHECK(oci::monitor::end_blocked_parents(space.init));
    CHECK(space.parent.wait().signal == SIGKILL);
    CHECK(subreaper.sees_end(space.init));
    CHECK_FALSE(oci::monitor::end_blocked_parents(space.init));
}

TEST_CASE("blocked parents: one that was stopped collects its process, and lives") {
    const Subreaper subreaper;
    Namespace space = make_namespace(Parent::Stopped);
    kill_init(space);
    CHECK(oci::monitor::end_blocked_parents(space.init));
    const ProcessIdentity parent = identity_of(space.parent.pid());
    CHECK(ends(space.init, 10s));
    CHECK(is_alive(parent));
}

TEST_CASE("blocked parents: a stranger is left alone unless it is known") {
    const Subreaper subreaper;
    Namespace space = make_namespace(Parent::Stranger);
    kill_init(space);
    const ProcessIdentity parent = identity_of(space.parent.pid());
    CHECK(oci::monitor::end_blocked_parents(space.init));
    CHECK_FALSE(ends(parent, 200ms));
    oci::monitor::end_blocked_parents(space.init, std::span{&parent, 1});
    CHECK(space.parent.wait().signal == SIGKILL);
    CHECK(subreaper.sees_end(space.init));
}

TEST_CASE("blocked parents: nobody is touched while the namespace's first process is well, or another one is asked about") {
    const Subreaper subreaper;
    Namespace space = make_namespace(Parent::Blocked);
    Namespace other = make_namespace(Parent::Blocked);
    CHECK_FALSE(oci::monitor::end_blocked_parents(space.init));
    CHECK_FALSE(oci::monitor::end_blocked_parents(identity_of(space.parent.pid())));
    CHECK_FALSE(ends(identity_of(space.parent.pid()), 200ms));
    kill_init(space);
    CHECK(oci::monitor::end_blocked_parents(space.init));
    CHECK(space.parent.wait().signal == SIGKILL);
    CHECK(is_alive(identity_of(other.parent.pid())));
    CHECK(is_alive(other.init));
    ::kill(other.init.pid, SIGKILL);
}
