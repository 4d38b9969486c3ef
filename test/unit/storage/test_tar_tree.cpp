#include "storage/tar_tree.h"

#include <doctest/doctest.h>
#include <sys/sysmacros.h>

#include "scratch.h"
#include "storage/push_source.h"
#include "storage/xattr.h"
#include "util/digest.h"

using namespace skiff;
using namespace skiff::test;

namespace {

std::string tar_of(const fs::path& directory, const storage::TarTreeOptions& options = {}) {
    std::string bytes;
    storage::write_tree_tar(open_directory(directory).get(), [&](std::string_view part) { bytes += part; }, options);
    return bytes;
}

const storage::TarTreeOptions kLayer{.layer = true, .with_root = true};

/// One of everything that an upper directory can hold.
void fill_upper(const fs::path& root) {
    fs::create_directories(root / "dir/opaque");
    fs::create_directories(root / std::string(200, 'n') / std::string(200, 'm'));
    std::ofstream(root / "dir/opaque/file") << "content";
    std::ofstream(root / "\xc3\xbc \xff") << "bytes that are no UTF-8";
    fs::create_hard_link(root / "dir/opaque/file", root / "hard");
    fs::create_symlink("../elsewhere/" + std::string(150, 'l'), root / "link");
    ::mkfifo((root / "fifo").c_str(), 0640);
    ::mknod((root / "device").c_str(), S_IFCHR | 0600, ::makedev(1, 3));
    ::mknod((root / "dir/gone").c_str(), S_IFCHR, ::makedev(0, 0));
    storage::set_opaque(open_directory(root / "dir/opaque").get());
    ::chown((root / "hard").c_str(), 70000, 3000000);
    ::chmod((root / "hard").c_str(), 04755);
    ::setxattr((root / "hard").c_str(), "user.b", "2", 1, 0);
    ::setxattr((root / "hard").c_str(), "user.a", "1", 1, 0);
    ::chmod(root.c_str(), 01711);
    const timespec times[2] = {{.tv_sec = 5, .tv_nsec = 7}, {.tv_sec = 100, .tv_nsec = 123456789}};
    ::utimensat(AT_FDCWD, (root / "hard").c_str(), times, 0);
    ::utimensat(AT_FDCWD, (root / "dir").c_str(), times, 0);
}

}  // namespace

TEST_CASE("an upper directory, unpacked from its archive, gives the same archive again" * doctest::skip(not_root())) {
    const Scratch from;
    fill_upper(from.root());
    const std::string first = tar_of(from.root(), kLayer);
    CHECK(tar_of(from.root(), kLayer) == first);
    const Scratch to;
    to.unpack(first);
    CHECK(to.is_whiteout("dir/gone"));
    CHECK(storage::is_opaque((to.root() / "dir/opaque").native()));
    CHECK(to.status("hard").st_nlink == 2);
    CHECK(to.status("hard").st_uid == 70000);
    CHECK((to.status("hard").st_mode & 07777) == 04755);
    CHECK(to.status("hard").st_mtim.tv_nsec == 123456789);
    CHECK((to.status(".").st_mode & 07777) == 01711);
    CHECK(to.content("\xc3\xbc \xff") == "bytes that are no UTF-8");
    CHECK(Digest::of(tar_of(to.root(), kLayer)) == Digest::of(first));
}

TEST_CASE("what a layer cannot hold is refused, what is left out is not there") {
    const Scratch scratch;
    std::ofstream(scratch.root() / ".wh.name") << "";
    CHECK_THROWS_AS(tar_of(scratch.root(), kLayer), Error);
    CHECK(tar_of(scratch.root()).find(".wh.name") != std::string::npos);
    fs::remove(scratch.root() / ".wh.name");
    fs::create_directories(scratch.root() / "a/b");
    std::ofstream(scratch.root() / "a/keep") << "";
    storage::TarTreeOptions options;
    options.leave_out = [](const std::string& path, const struct stat&) { return path == "a/b"; };
    const auto bytes = tar_of(scratch.root(), options);
    CHECK(bytes.find("a/keep") != std::string::npos);
    CHECK(bytes.find("a/b") == std::string::npos);
}

TEST_CASE("what is pushed is read, in order and to the end") {
    std::string all;
    storage::PushSource source{[](const storage::PushSource::Sink& sink) {
        for (int i = 0; i < 1000; ++i) sink(std::string(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)));
    }};
    std::array<char, 700> buffer;
    while (const auto got = source.read(buffer)) all.append(buffer.data(), got);
    CHECK(all.size() == 499500);
    CHECK(all.ends_with(std::string(999, static_cast<char>('a' + 999 % 26))));
    CHECK(source.read(buffer) == 0);
}

TEST_CASE("a failure comes after the bytes before it; a reader that leaves stops the writer") {
    storage::PushSource failing{[](const storage::PushSource::Sink& sink) {
        sink("abc");
        throw Error{ErrorKind::Corrupt, "no more"};
    }};
    std::array<char, 10> buffer;
    CHECK(failing.read(buffer) == 3);
    CHECK_THROWS_AS(failing.read(buffer), Error);
    std::size_t pushed = 0;
    {
        storage::PushSource endless{[&](const storage::PushSource::Sink& sink) {
            for (;; ++pushed) sink("x");
        }};
        CHECK(endless.read(buffer) == 1);
    }
    CHECK(pushed < 100);
}
