#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "monitor/harness.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::oci::monitor;
using namespace skiff::oci::monitor::test;

namespace {

Json plain() { return {{"log", {{"driver", "none"}}}}; }
std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script}; }
std::vector<std::string> emitter(const std::string& bytes, const std::string& line) { return {driver_path(), "emit", bytes, line}; }

}  // namespace

TEST_CASE("monitor: exit codes and signals reach the exit file") {
    for (const int code : {0, 1, 2, 42, 125, 126, 127, 128, 137, 254, 255}) {
        RunDir dir;
        Monitored monitored{dir, plain(), shell(concat("exit ", code))};
        monitored.go();
        CHECK(monitored.wait() == 0);
        const auto exit = read_exit_file(dir.path);
        REQUIRE(exit);
        CHECK(exit->code == code);
        CHECK(exit->signal == 0);
    }
    for (const int signal : {SIGKILL, SIGTERM, SIGSEGV, SIGUSR1}) {
        RunDir dir;
        Monitored monitored{dir, plain(), shell(concat("kill -", signal, " $$"))};
        monitored.go();
        monitored.wait();
        const auto exit = read_exit_file(dir.path);
        REQUIRE(exit);
        CHECK(exit->code == 128 + signal);
        CHECK(exit->signal == signal);
    }
}

TEST_CASE("monitor: all bytes arrive at client and log") {
    for (int run = 0; run < 20; ++run) {
        RunDir dir;
        Monitored monitored{dir, {{"log", log_options("k8s-file", dir.path / "log")}}, emitter("500000", run % 2 == 0 ? "0" : "80")};
        Driver client = monitored.attach();
        monitored.go();
        const std::string got = read_to_end(client.out.get());
        CHECK(got.size() == 500000);
        CHECK(read_line(client.results.get()) == "exit 0 0\n");
        monitored.wait();
        CHECK(log_text({.path = dir.path / "log"}) == got);
    }
}

TEST_CASE("monitor: stdout and stderr stay apart, several clients get the same") {
    RunDir dir;
    Monitored monitored{dir, {{"log", log_options("json-file", dir.path / "log")}},
                        shell("i=0; while [ $i -lt 500 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; printf tail; exit 3")};
    Driver first = monitored.attach();
    Driver second = monitored.attach();
    Driver only_err = monitored.attach({{"stdout", false}});
    monitored.go();
    const std::string out = read_to_end(first.out.get());
    const std::string err = read_to_end(first.err.get());
    CHECK(out.starts_with("out 0\nout 1\n"));
    CHECK(out.ends_with("out 499\ntail"));
    CHECK(err.ends_with("err 499\n"));
    CHECK(read_to_end(second.out.get()) == out);
    CHECK(read_to_end(only_err.out.get()).empty());
    CHECK(read_to_end(only_err.err.get()) == err);
    CHECK(read_line(second.results.get()) == "exit 3 0\n");
    monitored.wait();
    CHECK(log_text({.driver = "json-file", .path = dir.path / "log"}) == out + err);
}

TEST_CASE("monitor: a run directory longer than sun_path, and modes that keep others out") {
    RunDir dir{std::string(100, 'a') + "/" + std::string(100, 'b')};
    Monitored monitored{dir, plain(), shell("echo hello")};
    struct stat status {};
    REQUIRE(::stat((dir.path / "attach").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    Driver client = monitored.attach();
    monitored.go();
    CHECK(read_to_end(client.out.get()) == "hello\n");
    monitored.wait();
    REQUIRE(::stat((dir.path / "exit").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("monitor: stdin arrives and its end is told") {
    RunDir dir;
    Json options = plain();
    options["stdinOpen"] = true;
    Monitored monitored{dir, options, {"/bin/cat"}};
    Driver client = monitored.attach({{"stdin", true}});
    monitored.go();
    const std::string data = std::string(300000, 'q') + "end";
    const pid_t writer = ::fork();
    if (writer == 0) {
        write_all(client.in.get(), data, "stdin");
        ::_exit(0);
    }
    client.in.reset();
    CHECK(read_to_end(client.out.get()) == data);
    CHECK(read_line(client.results.get()) == "exit 0 0\n");
    CHECK(ChildProcess{writer}.wait().code == 0);
    CHECK(monitored.wait() == 0);
}

TEST_CASE("monitor: a killed client neither ends stdin nor blocks the process") {
    RunDir dir;
    Json options = plain();
    options["stdinOpen"] = true;
    Monitored monitored{dir, options, shell("read a; echo got $a; head -c 3000000 /dev/zero; read b; echo and $b")};
    Driver first = monitored.attach({{"stdin", true}});
    monitored.go();
    write_all(first.in.get(), "one\n", "stdin");
    CHECK(read_line(first.out.get()) == "got one\n");
    ::kill(first.pid, SIGKILL);  // with the pipes full: its output is not read here
    first.process.wait();
    Driver second = monitored.attach({{"stdin", true}});
    write_all(second.in.get(), "two\n", "stdin");
    CHECK(read_to_end(second.out.get()).ends_with("and two\n"));
    monitored.wait();
}

TEST_CASE("monitor: stdin_once ends stdin with its client") {
    RunDir dir;
    Json options = plain();
    options["stdinOpen"] = options["stdinOnce"] = true;
    Monitored monitored{dir, options, {"/bin/cat"}};
    Driver client = monitored.attach({{"stdin", true}});
    monitored.go();
    ::kill(client.pid, SIGKILL);
    CHECK(monitored.wait() == 0);
    CHECK(read_exit_file(dir.path)->code == 0);
}

TEST_CASE("monitor: a client that stops reading gets all of it, and delays the exit status of nobody") {
    RunDir dir;
    Monitored monitored{dir, {{"log", log_options("k8s-file", dir.path / "log")}}, emitter("1500000", "100")};
    Driver client = monitored.attach();
    monitored.go();
    CHECK(eventually([&] { return read_exit_file(dir.path).has_value(); }));
    monitored.wait();
    CHECK(log_text({.path = dir.path / "log"}).size() == 1500000);
    const std::string got = read_to_end(client.out.get());
    CHECK(got.size() == 1500000);
    CHECK(read_line(client.results.get()) == "exit 0 0\n");
}

TEST_CASE("monitor: closing the client's output ends the client, not the process") {
    RunDir dir;
    Monitored monitored{dir, plain(), shell("head -c 3000000 /dev/zero; sleep 0.3; echo more; exit 7")};
    Driver client = monitored.attach();
    monitored.go();
    char some[100];
    REQUIRE(::read(client.out.get(), some, sizeof some) > 0);
    client.out.reset();
    CHECK(read_line(client.results.get()) == "closed -1 -1\n");
    monitored.wait();
    CHECK(read_exit_file(dir.path)->code == 7);
}

TEST_CASE("monitor: a killed monitor is seen by its clients; a successor goes on without loss") {
    RunDir dir;
    Monitored monitored{dir, {{"log", log_options("k8s-file", dir.path / "log")}},
                        shell("echo before; while [ ! -e " + (dir.path / "go").native() + " ]; do sleep 0.02; done; " + driver_path() + " emit 2000000 50; exit 9")};
    Driver client = monitored.attach();
    monitored.go();
    CHECK(read_line(client.out.get()) == "before\n");
    REQUIRE(eventually([&] { return log_text({.path = dir.path / "log"}) == "before\n"; }));  // the client may be told first
    monitored.kill_monitor();
    CHECK(read_line(client.results.get()) == "lost -1 -1\n");
    CHECK_THROWS_AS(AttachSession(dir.path, AttachOptions{}), Error);
    write_all(open_at(AT_FDCWD, dir.path / "go", O_CREAT | O_WRONLY, 0600).get(), "", "go");
    ::usleep(100'000);  // the process writes until its FIFO is full, and lives
    REQUIRE(::kill(monitored.pid(), 0) == 0);
    Driver starter = start_driver({"successor", dir.path.native()});
    CHECK(starter.process.wait().code == 0);
    const auto successor = static_cast<pid_t>(parse_int(trim(read_line(starter.out.get()))).value_or(-1));
    REQUIRE(successor > 0);
    const UniqueFd successor_fd = open_pidfd(successor);
    // The process was orphaned: whoever is its parent now reaps it, the successor reads its status from the pidfd.
    CHECK(eventually([&] { return read_exit_file(dir.path).has_value(); }));
    const auto exit = read_exit_file(dir.path);
    REQUIRE(exit);
    CHECK((exit->code == 9 || exit->code == 137));
    CHECK(wait_for_exit(successor_fd.get(), std::chrono::seconds{5}));
    CHECK(log_text({.path = dir.path / "log"}).size() == 7 + 2000000);
}

TEST_CASE("monitor: the exit command runs unless a client settles") {
    const auto run = [](const Json& client_options, bool kill_client) {
        RunDir dir;
        Json options = plain();
        options["exitCommand"] = {"/bin/sh", "-c", "test -e exit || test -e " + (dir.path / "exit").native() + " && echo ran > " + (dir.path / "mark").native() + "; exit 5"};
        Monitored monitored{dir, options, shell("sleep 0.1")};
        std::optional<Driver> client;
        if (!client_options.is_null()) client = monitored.attach(client_options);
        monitored.go();
        if (kill_client) ::kill(client->pid, SIGKILL);
        const int code = monitored.wait();
        return std::pair{code, fs::exists(dir.path / "mark")};
    };
    CHECK(run(nullptr, false) == std::pair{5, true});
    CHECK(run({{"promise", true}, {"settle", true}}, false) == std::pair{0, false});
    CHECK(run({{"promise", true}, {"settle", false}}, false) == std::pair{5, true});
    CHECK(run({{"promise", true}, {"settle", true}}, true) == std::pair{5, true});
    CHECK(run({{"promise", false}}, false) == std::pair{5, true});
}

TEST_CASE("monitor: timeout kills") {
    RunDir dir;
    Json options = plain();
    options["timeoutSeconds"] = 1;
    Monitored monitored{dir, options, {"/bin/sleep", "60"}};
    monitored.go();
    monitored.wait();
    const auto exit = read_exit_file(dir.path);
    CHECK(exit->code == 255);  // podman's status for it
    CHECK(is_timed_out(*exit));
}

TEST_CASE("monitor: signals are passed on") {
    RunDir dir;
    Monitored monitored{dir, plain(), shell("trap 'echo term; exit 4' TERM; trap 'echo usr' USR1; echo ready; while :; do sleep 0.05; done")};
    Driver client = monitored.attach();
    ::kill(client.pid, SIGUSR1);  // before the program runs: kept
    monitored.go();
    std::string first = read_line(client.out.get());
    if (first != "ready\n") return;  // USR1 ended the shell before its trap was set: that is passing on, too
    ::kill(client.pid, SIGUSR1);
    CHECK(read_line(client.out.get()) == "usr\n");
    ::kill(client.pid, SIGTERM);
    CHECK(read_to_end(client.out.get()).ends_with("term\n"));  // "usr" again when the first one came after the trap
    CHECK(read_line(client.results.get()) == "exit 4 0\n");
    monitored.wait();
}

TEST_CASE("monitor: what a descendant holds open does not delay the end") {
    RunDir dir;
    Monitored monitored{dir, plain(), shell("echo parent; (sleep 5; echo late) & exit 0")};
    Driver client = monitored.attach();
    monitored.go();
    const auto begin = now_nanos();
    CHECK(read_to_end(client.out.get()) == "parent\n");
    monitored.wait();
    CHECK(now_nanos() - begin < 3'000'000'000);
}
