/// The same archive unpacked by GNU tar and by us: the trees must not differ.

#include <doctest/doctest.h>

#include <map>

#include "scratch.h"
#include "storage/tree_walk.h"
#include "storage/xattr.h"
#include "util/process.h"

using namespace skiff;
using namespace skiff::test;

namespace {

void run(const std::vector<std::string>& argv) {
    const auto result = run_program({.argv = argv});
    CAPTURE(result.err);
    REQUIRE(result.status.code == 0);
}

bool have_tar() { return !not_root() && (fs::exists("/bin/tar") || fs::exists("/usr/bin/tar")); }

std::string describe(const storage::TreeVisit& visit) {
    const auto& status = visit.status;
    auto text = concat(status.st_mode, " ", status.st_uid, ":", status.st_gid, " links ", S_ISDIR(status.st_mode) ? 0 : status.st_nlink,
                       " device ", status.st_rdev, " time ", status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec);
    if (S_ISREG(status.st_mode)) text += concat(" ", read_file_at(visit.dir, visit.name));
    if (S_ISLNK(status.st_mode)) text += concat(" -> ", fs::read_symlink(fs::path{proc_fd_path(visit.dir)} / visit.name).native());
    for (const auto& [name, value] : storage::get_xattrs_at(visit.dir, visit.name)) text += concat(" ", name, "=", value);
    return text;
}

std::map<std::string, std::string> tree(const fs::path& root) {
    std::map<std::string, std::string> all;
    const UniqueFd directory = open_directory(root);
    storage::walk_tree(directory.get(), [&](const storage::TreeVisit& visit) {
        all[visit.path] = describe(visit);
        return storage::Descend::Yes;
    });
    return all;
}

void make_benign_tree(const fs::path& root) {
    const std::string script =
        "set -e; cd \"$1\"; mkdir -p usr/lib/deep/er etc 'with space' empty; chmod 1777 empty; echo hello > etc/hello; chmod 640 etc/hello;"
        "chown 12:34 etc/hello; printf x > usr/lib/suid; chown 1000:1000 usr/lib/suid; chmod 6755 usr/lib/suid; ln -s usr/lib lib; ln -s /absolute abs;"
        "chown -h 7:8 lib; ln etc/hello usr/lib/deep/hard; ln lib usr/linked-link; mkfifo etc/fifo; mknod etc/null c 1 3; chmod 666 etc/null;"
        "truncate -s 3000000 etc/sparse; printf data | dd of=etc/sparse bs=1 seek=1500000 conv=notrunc status=none;"
        "printf 'odd' > \"$(printf 'with space/n\\303\\266\\nl')\"; n=$(printf 'n%.0s' $(seq 200)); mkdir -p \"$n/$n\"; echo long > \"$n/$n/file\"; ln -s \"$n/$n/$n\" longlink;"
        "find . -depth -exec touch -h -d '2020-02-03 04:05:06.789' {} +; touch -d '1969-01-01 00:00:01' etc/hello";
    run({"/bin/sh", "-c", script, "sh", root.native()});
    REQUIRE(::lsetxattr((root / "etc/hello").c_str(), "user.note", "kept", 4, 0) == 0);
    const std::string capability("\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
    REQUIRE(::lsetxattr((root / "usr/lib/suid").c_str(), "security.capability", capability.data(), capability.size(), 0) == 0);
}

}  // namespace

TEST_CASE("a benign tree comes out as GNU tar unpacks it, in each of its formats" * doctest::skip(!have_tar())) {
    for (const std::string format : {"gnu", "pax", "pax sparse 0.0", "pax sparse 0.1", "pax sparse 1.0"}) {
        CAPTURE(format);
        const Scratch scratch;
        const auto origin = scratch.path() / "canary/origin";
        const auto theirs = scratch.path() / "canary/theirs";
        fs::create_directories(origin);
        fs::create_directories(theirs);
        make_benign_tree(origin);
        const auto archive = scratch.path() / "canary/archive.tar";
        std::vector<std::string> create{"tar", "--sparse", "--format=" + format.substr(0, 3), "--numeric-owner"};
        if (format != "gnu") create.insert(create.end(), {"--xattrs", "--xattrs-include=*"});
        if (format.size() > 3) create.push_back("--sparse-version=" + format.substr(format.size() - 3));
        create.insert(create.end(), {"-C", origin.native(), "-cf", archive.native(), "."});
        run(create);
        run({"tar", "--xattrs", "--xattrs-include=*", "--numeric-owner", "--same-owner", "-pxf", archive.native(), "-C", theirs.native()});
        scratch.unpack(read_file(archive));
        const auto expected = tree(theirs);
        const auto actual = tree(scratch.root());
        CHECK(expected.size() == actual.size());
        for (const auto& entry : expected) {
            CAPTURE(entry.first);
            const auto found = actual.find(entry.first);
            REQUIRE(found != actual.end());
            const bool same = found->second == entry.second;
            CAPTURE(entry.second.substr(0, 300));
            CAPTURE(found->second.substr(0, 300));
            CHECK(same);
        }
    }
}
