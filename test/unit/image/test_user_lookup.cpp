#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "image/user_lookup.h"
#include "util/error.h"
#include "util/files.h"

using namespace skiff;
using image::look_up_user;

namespace {

constexpr std::string_view kPasswd =
    "# accounts\n"
    "root:x:0:0:root:/root:/bin/sh\n"
    "\n"
    "web:x:1000:100:Web:/srv/web:/bin/sh\n"
    "4294967296:x:0:0::/root:/bin/sh\n"
    "1:x:0:0::/root:/bin/sh\n"
    "0x0:x:0:0::/root:/bin/sh\n"
    "+1:x:0:0::/root:/bin/sh\n"
    "nohome:x:1001:1001:::\n"
    "short:x:7\n"
    "badhome:x:8:8::/a\rb:/bin/sh\n"
    "badid:x:-1:0::/:/bin/sh\n"
    "last:x:5:6::/last:/bin/sh";
constexpr std::string_view kGroup =
    "root:x:0:root\n"
    "users:x:100:\n"
    "wheel:x:10:root,web\n"
    "audio:x:29:web,nobody\n"
    "audio2:x:29:web\n"
    "broken:x\n"
    "1:x:0:\n";

ErrorKind kind_of(std::string_view user, const std::vector<std::string>& groups = {}) {
    try {
        look_up_user(kPasswd, kGroup, user, groups);
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("accepted: ", user);
    return ErrorKind::System;
}

}  // namespace

TEST_CASE("user lookup: names bring gid, home and the groups that list them") {
    const auto web = look_up_user(kPasswd, kGroup, "web", {});
    CHECK(web.uid == 1000);
    CHECK(web.gid == 100);
    CHECK(web.home == "/srv/web");
    CHECK(web.name == "web");
    CHECK(web.extra_gids == std::vector<gid_t>{10, 29});
    CHECK(look_up_user(kPasswd, kGroup, "last", {}).home == "/last");
    CHECK(look_up_user(kPasswd, kGroup, "nohome", {}).home == "/");
}

TEST_CASE("user lookup: an empty text is root, also without any file") {
    const auto root = look_up_user(kPasswd, kGroup, "", {});
    CHECK(root.uid == 0);
    CHECK(root.home == "/root");
    CHECK(root.extra_gids == std::vector<gid_t>{0, 10});
    const auto bare = look_up_user("", "", "", {});
    CHECK(bare.uid == 0);
    CHECK(bare.gid == 0);
    CHECK(bare.home == "/");
    CHECK(bare.name.empty());
}

TEST_CASE("user lookup: a number finds its entry by uid, never by name") {
    CHECK(look_up_user(kPasswd, kGroup, "1000", {}).name == "web");
    const auto one = look_up_user(kPasswd, kGroup, "1", {});
    CHECK(one.uid == 1);
    CHECK(one.gid == 0);
    CHECK(one.name.empty());
    CHECK(one.extra_gids.empty());
    CHECK(look_up_user(kPasswd, kGroup, "2147483647", {}).uid == 2147483647);
    CHECK(look_up_user(kPasswd, kGroup, "web:1", {}).gid == 1);
}

TEST_CASE("user lookup: an explicit group replaces the listed ones") {
    const auto web = look_up_user(kPasswd, kGroup, "web:wheel", {"audio", "12", "29"});
    CHECK(web.gid == 10);
    CHECK(web.extra_gids == std::vector<gid_t>{29, 12});
    CHECK(look_up_user(kPasswd, kGroup, "7777:8888", {}).gid == 8888);
}

TEST_CASE("user lookup: what is neither a number nor a name is refused") {
    for (const std::string text : {"2147483648", "4294967295", "4294967296", "18446744073709551616", "-1", "+1", "0x0", "00", "01",
                             "1000 ", " 1000", "\t1", "a:b:c", ":", ":0", "0:", "web:", "web:-1", "web:+0", "web:0x0", "web:00",
                             "web:4294967296", "we\nb", "we b", "web:wh eel", "-", "a/b", "a,b"})
        CHECK_MESSAGE(kind_of(text) == ErrorKind::Invalid, text.c_str());
    CHECK(kind_of(std::string_view{"we\0b", 4}) == ErrorKind::Invalid);
    CHECK(kind_of("", {"-1"}) == ErrorKind::Invalid);
    CHECK(kind_of("", {""}) == ErrorKind::Invalid);
}

TEST_CASE("user lookup: names that the files lack") {
    CHECK(kind_of("nobody") == ErrorKind::NotFound);
    CHECK(kind_of("web:nogroup") == ErrorKind::NotFound);
    CHECK(kind_of("web", {"nogroup"}) == ErrorKind::NotFound);
    CHECK_THROWS_WITH(look_up_user("", "", "web", {}), "user \"web\": no such user in /etc/passwd of the image");
}

TEST_CASE("user lookup: a malformed entry matters only when it is the one") {
    for (const std::string text : {"short", "badhome", "badid", "7", "8"}) {
        CAPTURE(text);
        CHECK(kind_of(text) == ErrorKind::Corrupt);
    }
    CHECK(kind_of("web:broken") == ErrorKind::Corrupt);
}

TEST_CASE("user lookup: the image's files are read as regular files inside the rootfs only") {
    char name[] = "/tmp/skiff-unit-user-XXXXXX";
    const fs::path root = ::mkdtemp(name);
    fs::create_directory(root / "etc");
    const auto fd = open_directory(root);

    SUBCASE("regular") {
        std::ofstream{root / "etc/passwd"} << kPasswd;
        std::ofstream{root / "etc/group"} << kGroup;
        CHECK(look_up_user(fd.get(), "web", {}).uid == 1000);
    }
    SUBCASE("a link to the host's file counts as absent") {
        fs::create_symlink("/etc/passwd", root / "etc/passwd");
        CHECK_THROWS_AS(look_up_user(fd.get(), "daemon", {}), Error);
        CHECK(look_up_user(fd.get(), "0", {}).home == "/");
    }
    SUBCASE("a FIFO does not block") {
        REQUIRE(::mkfifo((root / "etc/passwd").c_str(), 0644) == 0);
        REQUIRE(::mkfifo((root / "etc/group").c_str(), 0644) == 0);
        CHECK(look_up_user(fd.get(), "12", {}).uid == 12);
    }
    SUBCASE("a directory") {
        fs::create_directory(root / "etc/passwd");
        CHECK(look_up_user(fd.get(), "12", {}).uid == 12);
    }
    SUBCASE("a sparse giant is refused without being read") {
        std::ofstream{root / "etc/passwd"} << "root:x:0:0::/root:/bin/sh\n";
        REQUIRE(::truncate((root / "etc/passwd").c_str(), 10LL << 30) == 0);
        CHECK_THROWS_AS(look_up_user(fd.get(), "0", {}), Error);
    }
    fs::remove_all(root);
}
