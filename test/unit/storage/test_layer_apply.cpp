#include <doctest/doctest.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "layer_corpus.h"
#include "scratch.h"
#include "storage/xattr.h"
#include "tar_builder.h"

using namespace skiff;
using namespace skiff::test;


TEST_CASE("hostile layers are refused or stay inside, and change nothing beside the target" * doctest::skip(not_root())) {
    for (const auto& item : layer_corpus()) {
        CAPTURE(item.name);
        const Scratch scratch;
        const auto error = scratch.failure(item.tar);
        CAPTURE(error);
        if (item.error.empty()) CHECK(error.empty());
        else CHECK(error.find(item.error) != std::string::npos);
        CHECK(scratch.canaries_unchanged());
        CHECK_FALSE(fs::exists("/tmp/skiff-bad"));
        CHECK_FALSE(fs::exists("skiff-bad"));
    }
}

TEST_CASE("long runs of zeros become holes, and the content stays" * doctest::skip(not_root())) {
    const std::string zeros(4U << 20, '\0');
    const Scratch scratch;
    scratch.unpack(TarBuilder{}.file("middle", "begin" + zeros + "end").file("last", "begin" + zeros).file("all", zeros).file("few", std::string(100, '\0')).finish());
    CHECK(scratch.content("middle") == "begin" + zeros + "end");
    CHECK(scratch.content("last") == "begin" + zeros);
    CHECK(scratch.content("all") == zeros);
    CHECK(scratch.content("few") == std::string(100, '\0'));
    for (const auto* name : {"middle", "last", "all"}) {
        CAPTURE(name);
        CHECK(scratch.status(name).st_blocks * 512 < (1 << 20));
    }
}

TEST_CASE("links in the path of an entry lead inside the root" * doctest::skip(not_root())) {
    const Scratch scratch;
    scratch.unpack(TarBuilder{}.directory("usr").symlink("lib", "usr/lib").file("lib/a", "1")
                       .symlink("abs", "/etc/deep").file("abs/b", "2").symlink("up", "../../../../var").file("up/c", "3").finish());
    CHECK(scratch.content("usr/lib/a") == "1");  // the dangling link's target is made
    CHECK(scratch.content("etc/deep/b") == "2");
    CHECK(scratch.content("var/c") == "3");
    CHECK(S_ISLNK(scratch.status("lib").st_mode));
}

TEST_CASE("owners, modes, times and attributes are as the archive says" * doctest::skip(not_root())) {
    const Scratch scratch;
    const std::string capability("\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
    scratch.unpack(TarBuilder{}
                       .add({.name = "./", .type = '5', .mode = 0751, .uid = 3, .gid = 4, .mtime = 1'111'111'111})
                       .add({.name = "d/", .type = '5', .mode = 01777, .mtime = 1'222'222'222})
                       .add({.name = "d/setuid", .content = "x", .mode = 06755, .uid = 1000, .gid = 1001,
                             .pax = {{"mtime", "1333333333.123456789"}, {"SCHILY.xattr.user.note", "hello"},
                                     {"SCHILY.xattr.security.capability", capability}}})
                       .add({.name = "d/link", .type = '2', .link = "nowhere", .uid = 5, .gid = 6, .mtime = 1'444'444'444})
                       .add({.name = "d/null", .type = '3', .mode = 0666, .device_major = 1, .device_minor = 3})
                       .add({.name = "d/loop", .type = '4', .mode = 0660, .device_major = 7, .device_minor = 9})
                       .add({.name = "d/fifo", .type = '6', .mode = 0620, .gid = 5})
                       .finish());
    const auto root = scratch.status(".");
    CHECK((root.st_mode & 07777) == 0751);
    CHECK(root.st_uid == 3);
    CHECK(root.st_gid == 4);
    CHECK(root.st_mtim.tv_sec == 1'111'111'111);
    const auto directory = scratch.status("d");
    CHECK((directory.st_mode & 07777) == 01777);
    CHECK(directory.st_mtim.tv_sec == 1'222'222'222);
    const auto setuid = scratch.status("d/setuid");
    CHECK((setuid.st_mode & 07777) == 06755);
    CHECK(setuid.st_uid == 1000);
    CHECK(setuid.st_gid == 1001);
    CHECK(setuid.st_mtim.tv_sec == 1'333'333'333);
    CHECK(setuid.st_mtim.tv_nsec == 123'456'789);
    char value[64];
    CHECK(::lgetxattr((scratch.root() / "d/setuid").c_str(), "security.capability", value, sizeof value) == 20);
    CHECK(::lgetxattr((scratch.root() / "d/setuid").c_str(), "user.note", value, sizeof value) == 5);
    const auto link = scratch.status("d/link");
    CHECK(link.st_uid == 5);
    CHECK(link.st_mtim.tv_sec == 1'444'444'444);
    CHECK(fs::read_symlink(scratch.root() / "d/link") == "nowhere");
    CHECK(scratch.status("d/null").st_rdev == makedev(1, 3));
    CHECK((scratch.status("d/null").st_mode & 07777) == 0666);
    CHECK(S_ISBLK(scratch.status("d/loop").st_mode));
    CHECK(S_ISFIFO(scratch.status("d/fifo").st_mode));
    CHECK((scratch.status("d/fifo").st_mode & 07777) == 0620);
}

TEST_CASE("a directory keeps its time whatever comes later, in any order and by any name" * doctest::skip(not_root())) {
    const Scratch scratch;
    TarBuilder tar;
    for (int i = 0; i < 300; ++i) tar.add({.name = "d" + std::to_string(i), .type = '5', .mtime = 1'000 + i});
    tar.symlink("alias", "d7");
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 300; ++i) tar.file("d" + std::to_string(i) + "/f" + std::to_string(round));
        tar.file("alias/g" + std::to_string(round)).file("d7/h" + std::to_string(round));
    }
    tar.file("d5/replaced/x").file("d5/replaced", "file").symlink("d6/l", "x").directory("d6/l").file("d6/after");
    scratch.unpack(tar.finish());
    for (int i = 0; i < 300; ++i) {
        CAPTURE(i);
        CHECK(scratch.status("d" + std::to_string(i)).st_mtim.tv_sec == 1'000 + i);
    }
    CHECK(scratch.exists("d7/g1"));
}

TEST_CASE("later entries win" * doctest::skip(not_root())) {
    const Scratch scratch;
    const auto result = scratch.unpack(TarBuilder{}
                                           .file("a", "one").file("a", "second")
                                           .directory("dir").file("dir/x").file("dir", "now a file")
                                           .file("file").directory("file").file("file/in")
                                           .directory("keep", 0700).file("keep/in", "stay").directory("keep", 0755)
                                           .file("f").hard_link("g", "f").file("g", "new")
                                           .finish());
    CHECK(scratch.content("a") == "second");
    CHECK(scratch.content("dir") == "now a file");
    CHECK(scratch.content("file/in") == "x");
    CHECK(scratch.content("keep/in") == "stay");
    CHECK((scratch.status("keep").st_mode & 07777) == 0755);
    CHECK(scratch.content("f") == "x");
    CHECK(scratch.content("g") == "new");
    CHECK(result.size == 6 + 10 + 1 + 4 + 1 + 3);
}

TEST_CASE("whiteouts hide what lies below and spare the layer's own" * doctest::skip(not_root())) {
    const Scratch scratch;
    scratch.unpack(TarBuilder{}
                       .file("d/.wh.gone", "")
                       .file("own", "1").file(".wh.own", "")             // its own file stays
                       .file("dir/in").file(".wh.dir", "")               // its own directory stays, the lower one is hidden
                       .file(".wh.late", "").file("late/in")             // the same in the other order
                       .file(".wh.again", "").directory("again")
                       .file("opq/x").file("opq/.wh..wh..opq", "")
                       .file(".wh.file", "").file("file", "2")
                       .finish());
    CHECK(scratch.is_whiteout("d/gone"));
    CHECK_FALSE(scratch.exists("d/.wh.gone"));
    CHECK(scratch.content("own") == "1");
    const auto opaque = [&](const char* name) { return storage::is_opaque((scratch.root() / name).native()); };
    CHECK(opaque("dir"));
    CHECK(scratch.exists("dir/in"));
    CHECK(opaque("late"));
    CHECK(scratch.exists("late/in"));
    CHECK(opaque("again"));
    CHECK(opaque("opq"));
    CHECK_FALSE(scratch.exists("opq/.wh..wh..opq"));
    CHECK_FALSE(opaque("d"));
    CHECK(scratch.content("file") == "2");
}

TEST_CASE("hard links share one file, links are linked themselves" * doctest::skip(not_root())) {
    const Scratch scratch;
    const auto result = scratch.unpack(TarBuilder{}.file("a/b", "shared").hard_link("c", "./a/b").hard_link("d/e", "/c")
                                           .symlink("s", "../canary/file").hard_link("t", "s").finish());
    CHECK(scratch.status("c").st_ino == scratch.status("a/b").st_ino);
    CHECK(scratch.status("d/e").st_nlink == 3);
    CHECK(S_ISLNK(scratch.status("t").st_mode));
    CHECK(result.size == 6);
    CHECK(scratch.canaries_unchanged());
}

TEST_CASE("sparse files keep holes and content" * doctest::skip(not_root())) {
    const Scratch scratch;
    const std::string map = "2\n4096\n4\n900000\n4\n";
    scratch.unpack(TarBuilder{}
                       .pax("x", {{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "1000000"}, {"GNU.sparse.name", "s1"}},
                            map + std::string(512 - map.size(), '\0') + "headtail")
                       .pax("s0", {{"GNU.sparse.size", "100000"}, {"GNU.sparse.numblocks", "1"}, {"GNU.sparse.map", "50000,3"}}, "abc")
                       .finish());
    const auto content = scratch.content("s1");
    REQUIRE(content.size() == 1'000'000);
    CHECK(content.substr(4096, 4) == "head");
    CHECK(content.substr(900'000, 4) == "tail");
    CHECK(content[0] == '\0');
    CHECK(scratch.status("s1").st_blocks * 512 < 100'000);
    CHECK(scratch.content("s0").substr(50'000, 3) == "abc");
    CHECK(scratch.content("s0").size() == 100'000);
}

TEST_CASE("limits end a bomb" * doctest::skip(not_root())) {
    const Scratch scratch;
    storage::LayerApplyOptions few;
    few.limits.entries = 3;
    CHECK(scratch.failure(TarBuilder{}.file("a").file("b").file("c").file("d").finish(), few).find("more than 3 entries") != std::string::npos);
    storage::LayerApplyOptions small;
    small.limits.content_bytes = 10;
    CHECK(scratch.failure(TarBuilder{}.file("big", std::string(11, 'x')).finish(), small).find("larger than allowed") != std::string::npos);
    storage::LayerApplyOptions apparent;
    apparent.limits.apparent_bytes = 1'000;
    CHECK(scratch.failure(TarBuilder{}.pax("s0", {{"GNU.sparse.size", "100000"}, {"GNU.sparse.map", "50000,3"}}, "abc").finish(), apparent)
              .find("larger than allowed") != std::string::npos);
}

TEST_CASE("missing parents look as in the layer below" * doctest::skip(not_root())) {
    const Scratch scratch;
    const Scratch lower;
    lower.unpack(TarBuilder{}.add({.name = "opt", .type = '5', .mode = 0710, .uid = 11, .gid = 12, .mtime = 777,
                                   .pax = {{"SCHILY.xattr.user.k", "v"}}}).finish());
    storage::LayerApplyOptions options;
    options.open_in_lower = [&](const std::string& path) { return open_at_if_exists(AT_FDCWD, lower.root() / path, O_RDONLY | O_DIRECTORY); };
    scratch.unpack(TarBuilder{}.file("opt/new/file").finish(), options);
    CHECK((scratch.status("opt").st_mode & 07777) == 0710);
    CHECK(scratch.status("opt").st_uid == 11);
    CHECK(scratch.status("opt").st_mtim.tv_sec == 777);
    CHECK((scratch.status("opt/new").st_mode & 07777) == 0755);
    char value[8];
    CHECK(::lgetxattr((scratch.root() / "opt").c_str(), "user.k", value, sizeof value) == 1);
}
