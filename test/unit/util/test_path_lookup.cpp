#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "util/fd.h"
#include "util/path_lookup.h"

using namespace skiff;
namespace fs = std::filesystem;

namespace {

/// A root with links of every kind in it, beside things that must not be reached.
struct Tree {
    fs::path top;
    UniqueFd root;

    Tree() {
        std::string pattern = fs::temp_directory_path() / "skiff-lookup-XXXXXX";
        top = ::mkdtemp(pattern.data());
        fs::create_directories(top / "root/a/b");
        fs::create_directories(top / "secret");
        std::ofstream{top / "secret/file"} << "outside";
        std::ofstream{top / "root/a/file"} << "inside";
        fs::create_directories(top / "root/secret");
        const std::string outside = top / "secret";
        const std::pair<const char*, const char*> links[] = {
            {"root/link", "a/file"}, {"root/absolute", "/a/file"}, {"root/up", "../../../a"}, {"root/out", "../secret"}, {"root/loop", "loop"},
            {"root/dangling", "a/new"}, {"root/a/back", "../a/b"}, {"root/here", "."}, {"root/top", "/"}, {"root/chain", "absolute"},
            {"root/outside", outside.c_str()}, {"root/slash", "a/"}};
        for (const auto& [name, target] : links) fs::create_symlink(target, top / name);
        root.reset(::open((top / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    ~Tree() { fs::remove_all(top); }
};

/// "errno N" or what was found.
std::string told(int fd) {
    if (fd < 0) return "errno " + std::to_string(errno);
    const UniqueFd owner{fd};
    struct stat status {};
    REQUIRE(::fstat(fd, &status) == 0);
    REQUIRE((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

}  // namespace

TEST_CASE("a look-up by hand finds what the kernel's finds") {
    const Tree tree;
    if (told(open_resolved(tree.root.get(), "a", O_PATH, 0, RESOLVE_IN_ROOT)).starts_with("errno")) return;
    const char* const paths[] = {"", "/", ".", "..", "a", "/a/", "a/b", "a/file", "a/file/", "a/file/x", "a//./b", "a/../a/b/../file", "../../a", "link", "link/",
                                 "link/x", "absolute", "chain", "up", "up/b", "up/file", "out", "out/file", "outside", "outside/file", "loop", "loop/x",
                                 "dangling", "a/back", "a/back/../file", "here", "here/here/a", "top", "top/a/b", "slash", "slash/b", "nosuch", "nosuch/x", "secret/file"};
    const int modes[] = {O_PATH, O_RDONLY, O_RDONLY | O_DIRECTORY, O_PATH | O_NOFOLLOW, O_RDONLY | O_NOFOLLOW, O_RDWR};
    const std::uint64_t resolves[] = {RESOLVE_IN_ROOT, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV, RESOLVE_BENEATH, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    for (const char* path : paths) {
        for (const int mode : modes) {
            for (const std::uint64_t resolve : resolves) {
                CAPTURE(path);
                CAPTURE(mode);
                CAPTURE(resolve);
                const std::string expected = told(open_resolved(tree.root.get(), path, mode, 0, resolve));
                CHECK(told(walk_below(tree.root.get(), path, mode, 0, resolve)) == expected);
            }
        }
    }
}

TEST_CASE("files are made by hand inside the root only") {
    const Tree tree;
    CHECK(told(walk_below(tree.root.get(), "dangling", O_WRONLY | O_CREAT, 0640, RESOLVE_IN_ROOT)).find("errno") == std::string::npos);
    CHECK(fs::exists(tree.top / "root/a/new"));
    CHECK(told(walk_below(tree.root.get(), "dangling", O_WRONLY | O_CREAT | O_EXCL, 0640, RESOLVE_IN_ROOT)) == "errno " + std::to_string(EEXIST));
    CHECK(told(walk_below(tree.root.get(), "out/made", O_WRONLY | O_CREAT, 0640, RESOLVE_IN_ROOT)).find("errno") == std::string::npos);
    CHECK(fs::exists(tree.top / "root/secret/made"));
    CHECK_FALSE(fs::exists(tree.top / "secret/made"));
    CHECK(told(walk_below(tree.root.get(), "a", O_WRONLY | O_CREAT, 0640, RESOLVE_IN_ROOT)) == "errno " + std::to_string(EISDIR));
}

TEST_CASE("links of procfs that lead anywhere are not followed by hand") {
    const UniqueFd proc{::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    for (const char* path : {"self/root", "self/cwd/x", "self/exe", "self/fd/0"}) {
        CAPTURE(path);
        CHECK(told(walk_below(proc.get(), path, O_PATH, 0, RESOLVE_IN_ROOT)) == "errno " + std::to_string(ELOOP));
    }
    CHECK(told(walk_below(proc.get(), "self/status", O_RDONLY, 0, RESOLVE_IN_ROOT)).find("errno") == std::string::npos);
}
