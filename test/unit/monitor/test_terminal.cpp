#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "monitor/harness.h"
#include "oci/monitor/detach_keys.h"
#include "util/error.h"
#include "util/files.h"

using namespace skiff;
using namespace skiff::oci::monitor;
using namespace skiff::oci::monitor::test;

namespace {

/// The user's terminal: the test holds the master, the client the slave.
struct UserTerminal {
    UniqueFd master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    UniqueFd slave;
    UserTerminal() {
        REQUIRE(::grantpt(master.get()) == 0);
        REQUIRE(::unlockpt(master.get()) == 0);
        slave = open_at(AT_FDCWD, ::ptsname(master.get()), O_RDWR | O_NOCTTY);
        resize(91, 33);
    }
    void resize(unsigned short columns, unsigned short rows) const {
        winsize size{};
        size.ws_col = columns;
        size.ws_row = rows;
        ::ioctl(master.get(), TIOCSWINSZ, &size);
    }
    bool is_raw() const {
        termios mode{};
        ::tcgetattr(slave.get(), &mode);
        return (mode.c_lflag & (ICANON | ECHO | ISIG)) == 0;
    }
    void type(std::string_view keys) const { write_all(master.get(), keys, "keys"); }
    /// Reads until `wanted` was shown.
    bool shows(std::string_view wanted) {
        while (seen.find(wanted) == std::string::npos) {
            const std::string line = read_line(master.get());
            if (line.empty()) return false;
            seen += line;
        }
        return true;
    }
    std::string seen;
};

Json interactive(const RunDir& dir) {
    return {{"terminal", true}, {"stdinOpen", true}, {"log", log_options("k8s-file", dir.path / "log")}};
}

std::string filtered(const std::string& keys, std::initializer_list<std::string> input, bool& detached) {
    DetachFilter filter{parse_detach_keys(keys)};
    std::string out;
    detached = false;
    for (const auto& part : input) detached = filter.feed(part, out) || detached;
    return out;
}

}  // namespace

TEST_CASE("monitor: detach keys") {
    CHECK(parse_detach_keys("ctrl-p,ctrl-q") == "\x10\x11");
    CHECK(parse_detach_keys("a,Ctrl-@,ctrl-[,ctrl-_,x") == std::string("a\0\x1b\x1fx", 5));
    CHECK(parse_detach_keys("").empty());
    for (const char* bad : {"ctrl-", "ctrl-1", "ab", "a,,b", "ctrl-pp", "shift-a"}) CHECK_THROWS_AS(parse_detach_keys(bad), Error);
    bool detached = false;
    CHECK(filtered("ctrl-p,ctrl-q", {"x\x10", "\x11y"}, detached) == "x");
    CHECK(detached);
    CHECK(filtered("ctrl-p,ctrl-q", {"\x10", "\x10z\x10"}, detached) == "\x10\x10z");
    CHECK_FALSE(detached);
    CHECK(filtered("a,a,b", {"aaab"}, detached) == "a");
    CHECK(detached);
    CHECK(filtered("", {"\x10\x11"}, detached) == "\x10\x11");
    CHECK_FALSE(detached);
}

TEST_CASE("monitor: a terminal: size, raw mode and back, keys, detach and attach again, exit") {
    RunDir dir;
    Monitored monitored{dir, interactive(dir), {"/bin/sh", "-c", "sleep 0.1; stty size; read a; echo got $a; read b; stty size; exit 6"}};
    UserTerminal user;
    REQUIRE_FALSE(user.is_raw());
    {
        Driver client = monitored.attach({{"stdin", true}, {"stderr", false}}, user.slave.get());
        monitored.go();
        CHECK(user.shows("33 91"));
        CHECK(user.is_raw());
        user.type("hello\r");
        CHECK(user.shows("got hello"));
        user.type("\x10\x11");
        CHECK(read_line(client.results.get()) == "detached -1 -1\n");
        CHECK(client.process.wait().code == 0);
        CHECK_FALSE(user.is_raw());
    }
    Driver again = monitored.attach({{"stdin", true}, {"stderr", false}}, user.slave.get());
    CHECK(eventually([&] { return user.is_raw(); }));
    user.resize(120, 40);
    ::kill(again.pid, SIGWINCH);
    ::usleep(50'000);
    user.type("\r");
    CHECK(user.shows("40 120"));
    CHECK(read_line(again.results.get()) == "exit 6 0\n");
    CHECK_FALSE(user.is_raw());
    monitored.wait();
    CHECK(log_text({.path = dir.path / "log"}).find("got hello\r\n") != std::string::npos);
}

TEST_CASE("monitor: a client that is terminated leaves the terminal as it was") {
    RunDir dir;
    Monitored monitored{dir, interactive(dir), {"/bin/sleep", "5"}};
    UserTerminal user;
    Driver client = monitored.attach({{"stdin", true}, {"stderr", false}, {"proxy", false}}, user.slave.get());
    monitored.go();
    CHECK(eventually([&] { return user.is_raw(); }));
    ::kill(client.pid, SIGTERM);
    CHECK(client.process.wait().signal == SIGTERM);
    CHECK_FALSE(user.is_raw());
    ::kill(monitored.pid(), SIGKILL);
    monitored.wait();
    CHECK(read_exit_file(dir.path)->signal == SIGKILL);
}

TEST_CASE("monitor: all that was written to a terminal arrives") {
    for (int run = 0; run < 5; ++run) {
        RunDir dir;
        Monitored monitored{dir, interactive(dir), {"/bin/sh", "-c", "stty raw; exec " + driver_path() + " emit 500000 0"}};
        Driver client = monitored.attach({{"stderr", false}});
        monitored.go();
        CHECK(read_to_end(client.out.get()).size() == 500000);
        monitored.wait();
    }
}
