#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "util/copy_tree.h"
#include "util/error.h"
#include "util/files.h"
#include "util/merge_tree.h"

using namespace skiff;

namespace {

struct Pair {
    fs::path path;
    UniqueFd from, to;
    Pair() {
        std::string name = (fs::temp_directory_path() / "skiff-unit-XXXXXX").native();
        path = ::mkdtemp(name.data());
        from = make_directory(path / "from", 0755);
        to = make_directory(path / "to", 0755);
    }
    ~Pair() { remove_tree_at(AT_FDCWD, path); }
    void write(const std::string& name, std::string_view text) const {
        fs::create_directories((path / name).parent_path());
        std::ofstream(path / name) << text;
    }
    std::string read(const std::string& name) const { return read_file(path / name); }
    struct stat status(const std::string& name) const {
        struct stat found {};
        if (::lstat((path / name).c_str(), &found) != 0) found.st_mode = 0;
        return found;
    }
};

bool not_root() { return ::geteuid() != 0; }

}  // namespace

TEST_CASE("copy_tree keeps what files are" * doctest::skip(not_root())) {
    const Pair pair;
    pair.write("from/dir/file", "content");
    fs::create_symlink("/canary", pair.path / "from/link");
    ::mkfifo((pair.path / "from/fifo").c_str(), 0640);
    ::mknod((pair.path / "from/null").c_str(), S_IFCHR | 0600, ::makedev(1, 3));
    ::chown((pair.path / "from/dir/file").c_str(), 7, 8);
    ::chmod((pair.path / "from/dir/file").c_str(), 06755);
    ::chmod((pair.path / "from").c_str(), 0711);
    const timespec times[2] = {{1, 0}, {1000000000, 5}};
    ::utimensat(AT_FDCWD, (pair.path / "from/dir").c_str(), times, 0);
    copy_tree(pair.from.get(), pair.to.get());
    CHECK(pair.read("to/dir/file") == "content");
    CHECK((pair.status("to/dir/file").st_mode & 07777) == 06755);
    CHECK(pair.status("to/dir/file").st_gid == 8);
    CHECK(fs::read_symlink(pair.path / "to/link") == "/canary");
    CHECK(S_ISFIFO(pair.status("to/fifo").st_mode));
    CHECK(pair.status("to/null").st_rdev == ::makedev(1, 3));
    CHECK((pair.status("to").st_mode & 07777) == 0711);
    CHECK(pair.status("to/dir").st_mtim.tv_nsec == 5);
}

TEST_CASE("merging keeps what is there beside, and goes through no link") {
    const Pair pair;
    pair.write("from/dir/new", "new");
    pair.write("from/file", "replaced");
    pair.write("canary/file", "canary");
    pair.write("to/dir/old", "old");
    fs::create_symlink(pair.path / "canary/file", pair.path / "to/file");
    merge_children(pair.from.get(), pair.to.get(), {});
    CHECK(pair.read("to/dir/old") == "old");
    CHECK(pair.read("to/dir/new") == "new");
    CHECK(pair.read("to/file") == "replaced");
    CHECK(pair.read("canary/file") == "canary");
    fs::remove_all(pair.path / "to/dir");
    fs::create_symlink(pair.path / "canary", pair.path / "to/dir");
    CHECK_THROWS_AS(merge_children(pair.from.get(), pair.to.get(), {}), Error);
    CHECK_FALSE(fs::exists(pair.path / "canary/new"));
}

TEST_CASE("a directory and a file replace each other only when told to") {
    const Pair pair;
    pair.write("from/a/inside", "x");
    pair.write("from/b", "x");
    pair.write("to/a", "file");
    pair.write("to/b/inside", "directory");
    for (const char* name : {"a", "b"}) {
        try {
            merge_entry(pair.from.get(), name, pair.to.get(), name, {});
            FAIL("it was replaced");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::Invalid);
        }
    }
    merge_children(pair.from.get(), pair.to.get(), {.owner = {}, .replace_other_kinds = true});
    CHECK(pair.read("to/a/inside") == "x");
    CHECK(pair.read("to/b") == "x");
    CHECK(list_directory(pair.to.get()).size() == 2);  // nothing temporary
}

TEST_CASE("what gets another owner loses setuid and setgid" * doctest::skip(not_root())) {
    const Pair pair;
    pair.write("from/mine", "x");
    pair.write("from/theirs", "x");
    ::chmod((pair.path / "from/mine").c_str(), 06755);
    ::chown((pair.path / "from/theirs").c_str(), 7, 8);
    ::chmod((pair.path / "from/theirs").c_str(), 06755);
    merge_directory(pair.from.get(), pair.to.get(), {.owner = std::pair<uid_t, gid_t>{0, 0}, .replace_other_kinds = false});
    CHECK((pair.status("to/mine").st_mode & 07777) == 06755);
    CHECK((pair.status("to/theirs").st_mode & 07777) == 0755);
    CHECK(pair.status("to/theirs").st_uid == 0);
}
