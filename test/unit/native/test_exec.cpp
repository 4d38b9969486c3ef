#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include "oci/native/factory.h"
#include "oci/native/spec_parse.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::oci::native;
namespace fs = std::filesystem;

namespace {

constexpr const char* kConfig = R"({
  "ociVersion": "1.2.0",
  "root": {"path": "ROOTFS"},
  "process": {"args": ["/bin/sleep", "1000"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}},
  "mounts": [{"destination": "/usr", "type": "bind", "source": "/usr", "options": ["rbind", "ro"]},
             {"destination": "/marks", "type": "bind", "source": "MARKS", "options": ["bind"]}],
  "linux": {"cgroupsPath": "/skiff-unit-NAME", "namespaces": [{"type": "pid"}, {"type": "mount"}]}
})";

std::string replaced(std::string text, std::string_view word, const std::string& by) { return text.replace(text.find(word), word.size(), by); }

/// A running container whose programs are this machine's; what they make in /marks is seen in `marks`.
struct Running {
    fs::path scratch = [] {
        std::string name = (fs::temp_directory_path() / "skiff-exec-XXXXXX").native();
        return fs::path{::mkdtemp(name.data())};
    }();
    fs::path marks = scratch / "marks";
    Factory factory{scratch / "state"};

    Running() {
        for (const char* name : {"usr", "marks"}) fs::create_directories(scratch / "rootfs" / name);
        for (const char* name : {"bin", "lib", "lib64"}) fs::create_symlink(concat("usr/", name), scratch / "rootfs" / name);
        fs::create_directory(marks);
        const std::string config = replaced(replaced(replaced(kConfig, "ROOTFS", scratch / "rootfs"), "MARKS", marks), "NAME", scratch.filename());
        const Spec spec = parse_spec(config);
        CreateOptions options;
        options.bundle = scratch;
        options.stdio = {-1, -1, -1};
        factory.create("c", spec, config, options).start();
    }
    ~Running() {
        factory.remove("c", /*force=*/true);
        fs::remove_all(scratch);
    }

    ChildProcess exec(const char* script, const ExecOptions& options) {
        Process process = factory.load("c").spec().process;
        process.args = {"/bin/sh", "-c", script};
        return ChildProcess{factory.load("c").exec(process, options)};
    }
};

void wait_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds{300}); }

/// What descriptors 0, 1 and 2 of `pid` are.
std::set<std::string> standard_descriptors(pid_t pid) {
    std::set<std::string> targets;
    const UniqueFd directory = open_directory(concat("/proc/", pid, "/fd"));
    for (const char* fd : {"0", "1", "2"}) targets.insert(read_link_at(directory.get(), fd).value_or("closed"));
    return targets;
}

}  // namespace

TEST_CASE("exec: the program starts when its process has been recorded") {
    Running container;
    ExecOptions options;
    options.stdio = {-1, -1, -1};
    bool was_early = true;
    options.born = [&](pid_t) {
        wait_a_little();
        was_early = fs::exists(container.marks / "ran");
    };
    CHECK(container.exec("> /marks/ran", options).wait().code == 0);
    CHECK_FALSE(was_early);
    CHECK(fs::exists(container.marks / "ran"));
}

TEST_CASE("exec: a process that cannot be recorded runs nothing") {
    Running container;
    ExecOptions options;
    options.stdio = {-1, -1, -1};
    options.born = [](pid_t) {
        wait_a_little();
        throw Error{ErrorKind::System, "no room"};
    };
    CHECK_THROWS_WITH(container.exec("> /marks/ran", options).wait(), "no room");
    wait_a_little();
    CHECK_FALSE(fs::exists(container.marks / "ran"));
}

TEST_CASE("exec: why the process failed is told, though it was recorded by then") {
    Running container;
    ExecOptions options;
    options.stdio = {-1, -1, -1};
    options.born = [](pid_t) { wait_a_little(); };
    Process process = container.factory.load("c").spec().process;
    process.args = {"/no/such/program"};
    try {
        ChildProcess{container.factory.load("c").exec(process, options)}.wait();
        FAIL("it ran");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::CommandNotFound);
    }
}

TEST_CASE("exec: within the container's namespaces the process has none of its caller's standard descriptors") {
    Running container;
    const Pipe pipe = make_pipe();
    const std::string given = concat("pipe:", read_link_at(AT_FDCWD, concat("/proc/self/fd/", pipe.write_end.get())).value_or("").substr(5));
    for (const int out : {-1, pipe.write_end.get()}) {
        ExecOptions options;
        options.stdio = {-1, out, -1};
        std::set<std::string> seen;
        options.born = [&](pid_t pid) {
            wait_a_little();
            seen = standard_descriptors(pid);
        };
        CHECK(container.exec("exit 0", options).wait().code == 0);
        seen.erase(given);
        CHECK(seen == std::set<std::string>{"/dev/null"});
    }
}
