#include <doctest/doctest.h>
#include <signal.h>

#include <cstdlib>

#include "oci/monitor/monitor.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

using namespace skiff;
using namespace skiff::oci::monitor;

namespace {
struct RunDir {
    fs::path path;
    RunDir() {
        std::string name = (fs::temp_directory_path() / "skiff-unit-XXXXXX").native();
        path = ::mkdtemp(name.data());
    }
    ~RunDir() { fs::remove_all(path); }
};
}  // namespace

TEST_CASE("monitor: a plan survives its JSON") {
    Plan plan;
    plan.id = "abc";
    plan.is_exec = true;
    plan.run_dir = "/run/x";
    plan.process = {"boot", 42, 123456789012345};
    plan.terminal = plan.stdin_open = plan.stdin_once = plan.oom_watch = true;
    plan.log = {"json-file", "/var/log/x", 1234567890123, 3, "tag"};
    plan.timeout = std::chrono::seconds{7};
    plan.exit_command = {"/bin/true", "a b"};
    plan.cgroup_events = "/sys/fs/cgroup/x/memory.events";
    const Plan again = plan_from_json(parse_json(dump(to_json(plan)), "plan"));
    CHECK(to_json(again) == to_json(plan));
    CHECK(again.process == plan.process);
    CHECK(again.timeout == plan.timeout);
    CHECK(again.log.max_size_bytes == 1234567890123);
    CHECK_FALSE(plan_from_json(to_json(Plan{})).timeout);
}

TEST_CASE("monitor: only the deadline ends a process with that status and that signal") {
    CHECK(is_timed_out({.code = kTimedOutStatus, .signal = SIGKILL}));
    CHECK_FALSE(is_timed_out({.code = 255}));
    CHECK_FALSE(is_timed_out({.code = 137, .signal = SIGKILL}));
}

TEST_CASE("monitor: exit file") {
    RunDir dir;
    CHECK_FALSE(read_exit_file(dir.path));
    CHECK_FALSE(read_exit_file(dir.path / "absent"));
    write_exit_file(dir.path, {137, 9, true, 1763776765123456789});
    CHECK(read_file(dir.path / "exit") == "1 137 9 1 1763776765123456789\n");
    const auto exit = read_exit_file(dir.path);
    REQUIRE(exit);
    CHECK(exit->code == 137);
    CHECK(exit->signal == 9);
    CHECK(exit->oom_killed);
    CHECK(exit->at == 1763776765123456789);
    const UniqueFd fd = open_directory(dir.path);
    for (const char* bad : {"", "2 0 0 0 5\n", "1 0 0 2 5\n", "1 x 0 0 5\n", "1 0 0 0\n"}) {
        replace_file_at(fd.get(), "exit", bad, 0600);
        CHECK_THROWS_AS(read_exit_file(dir.path), Error);
    }
}
