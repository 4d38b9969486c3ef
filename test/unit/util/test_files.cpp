#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>

#include "util/error.h"
#include "util/files.h"
#include "util/process.h"

using namespace skiff;

namespace {
struct Scratch {
    fs::path path;
    UniqueFd fd;
    Scratch() {
        std::string name = (fs::temp_directory_path() / "skiff-unit-XXXXXX").native();
        path = ::mkdtemp(name.data());
        fd = open_directory(path);
    }
    ~Scratch() { fs::remove_all(path); }
};
}  // namespace

TEST_CASE("open_in_root keeps links inside") {
    Scratch scratch;
    fs::create_directories(scratch.path / "root/etc");
    fs::create_symlink("/etc/../../../canary", scratch.path / "root/link");
    fs::create_symlink("../../..", scratch.path / "root/etc/up");
    const UniqueFd root = open_directory(scratch.path / "root");
    CHECK_THROWS_AS((void)open_in_root(root.get(), "/link", O_RDONLY), SystemError);
    write_all(open_in_root(root.get(), "/link", O_WRONLY | O_CREAT, 0600).get(), "x", "canary");
    CHECK(fs::exists(scratch.path / "root/canary"));
    CHECK_FALSE(fs::exists(scratch.path / "canary"));
    const UniqueFd up = open_in_root(root.get(), "etc/up/etc", O_PATH);
    CHECK(up);
}

TEST_CASE("read_regular_in_root passes over FIFOs, directories and absence") {
    Scratch scratch;
    REQUIRE(::mkfifoat(scratch.fd.get(), "fifo", 0600) == 0);
    REQUIRE(::mkdirat(scratch.fd.get(), "dir", 0700) == 0);
    replace_file_at(scratch.fd.get(), "file", "content", 0600);
    CHECK_FALSE(read_regular_in_root(scratch.fd.get(), "fifo", 100));
    CHECK_FALSE(read_regular_in_root(scratch.fd.get(), "dir", 100));
    CHECK_FALSE(read_regular_in_root(scratch.fd.get(), "none/at/all", 100));
    CHECK(read_regular_in_root(scratch.fd.get(), "file", 100) == "content");
    CHECK_THROWS_AS(read_regular_in_root(scratch.fd.get(), "file", 3), Error);
}

TEST_CASE("remove_tree_at does not follow links") {
    Scratch scratch;
    fs::create_directories(scratch.path / "tree/a/b/c");
    fs::create_directories(scratch.path / "keep/inner");
    fs::create_directory_symlink(scratch.path / "keep", scratch.path / "tree/a/link");
    remove_tree_at(scratch.fd.get(), "tree");
    CHECK_FALSE(fs::exists(scratch.path / "tree"));
    CHECK(fs::exists(scratch.path / "keep/inner"));
    remove_tree_at(scratch.fd.get(), "tree");  // absence is fine
}

TEST_CASE("run_program collects output, status and a missing program") {
    const auto result = run_program({.argv = {"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}});
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
    CHECK(result.status.code == 3);
    CHECK_THROWS_AS(run_program({.argv = {"/no/such/program"}}), Error);
    CHECK_THROWS_AS(run_program({.argv = {"sleep", "100"}, .timeout = std::chrono::milliseconds{50}}), Error);
}

TEST_CASE("a process is known by its start time") {
    auto self = identity_of_self();
    CHECK(is_alive(self));
    ++self.start_ticks;
    CHECK_FALSE(is_alive(self));
}
