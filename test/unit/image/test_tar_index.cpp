#include <doctest/doctest.h>
#include <unistd.h>

#include "archive_builder.h"
#include "image/tar_index.h"
#include "util/error.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::image;
using namespace skiff::image::testing;

namespace {

struct Opened {
    UniqueFd fd;
    TarIndex index;
    std::optional<std::string> read(std::string_view name) const {
        const auto file = index.find(name);
        if (!file) return std::nullopt;
        std::string text(file->size, '\0');
        REQUIRE(::pread(fd.get(), text.data(), text.size(), static_cast<off_t>(file->offset)) == static_cast<ssize_t>(text.size()));
        return text;
    }
};

Opened open_archive(const std::string& bytes) {
    auto fd = as_file(bytes);
    TarIndex index{fd.get(), "x"};
    return {std::move(fd), std::move(index)};
}

}  // namespace

TEST_CASE("tar index: files by name, however the name is written") {
    const auto archive = open_archive(TarBuilder{}.directory("./").file("./a.json", "A").file("b//c", "BC").file("/abs", "ABS").file("old", "OLD", '\0').finish());
    CHECK(archive.read("a.json") == "A");
    CHECK(archive.read("./b/./c") == "BC");
    CHECK(archive.read("x/../a.json") == "A");
    CHECK(archive.read("abs") == "ABS");
    CHECK(archive.read("old") == "OLD");
    CHECK_FALSE(archive.read("b"));
    CHECK_FALSE(archive.read("../a.json"));
    CHECK_FALSE(archive.read(""));
}

TEST_CASE("tar index: links lead to files of the archive") {
    const auto archive = open_archive(TarBuilder{}.file("x.tar", "X").link("1/layer.tar", "../x.tar").link("2/layer.tar", "../1/layer.tar").link("hard", "x.tar", '1')
                                          .link("loop1", "loop2").link("loop2", "loop1").link("out", "../../etc/passwd").link("abs", "/x.tar").finish());
    CHECK(archive.read("1/layer.tar") == "X");
    CHECK(archive.read("2/layer.tar") == "X");
    CHECK(archive.read("hard") == "X");
    CHECK_FALSE(archive.read("loop1"));
    CHECK_FALSE(archive.read("out"));
}

TEST_CASE("tar index: long names") {
    const std::string name = std::string(80, 'd') + "/" + std::string(120, 'f');
    const auto pax = open_archive(TarBuilder{}.extension('x', pax_record("path", name)).file("short", "P").file("short", "S").finish());
    CHECK(pax.read(name) == "P");
    CHECK(pax.read("short") == "S");
    const auto gnu = open_archive(TarBuilder{}.extension('L', name + std::string(1, '\0')).file("short", "G").extension('K', "short").finish());
    CHECK(gnu.read(name) == "G");
    const auto sized = open_archive(TarBuilder{}.extension('x', pax_record("size", "3")).bare_header("s", "00000000000", '0').raw("abc" + std::string(509, '\0')).file("after", "!").finish());
    CHECK(sized.read("s") == "abc");
    CHECK(sized.read("after") == "!");
}

TEST_CASE("tar index: refused") {
    const auto bad = [](const std::string& bytes) {
        try {
            open_archive(bytes);
        } catch (const Error& error) {
            return error.kind() == ErrorKind::Corrupt;
        }
        return false;
    };
    CHECK(bad(std::string(512, 'x')));
    CHECK(bad("short"));
    CHECK(bad(TarBuilder{}.file("a", "text").unfinished().substr(0, 514)));
    CHECK(bad(TarBuilder{}.bare_header("a", "77777777777", '0').finish()));
    CHECK(bad(TarBuilder{}.bare_header("a", std::string(1, '\xff') + std::string(11, '\xff'), '0').finish()));
    CHECK(bad(TarBuilder{}.bare_header("a", "zzz", '0').finish()));
    CHECK(bad(TarBuilder{}.extension('x', "not a record").file("a", "").finish()));
    CHECK(bad(TarBuilder{}.extension('x', pax_record("size", "-1")).file("a", "").finish()));
    CHECK(bad(TarBuilder{}.extension('x', pax_record("size", "99999999999")).file("a", "").finish()));
    CHECK(bad(TarBuilder{}.extension('x', pax_record("GNU.sparse.major", "1")).file("a", "").finish()));
    CHECK(bad(TarBuilder{}.file("a", "", 'S').finish()));
    CHECK(bad(TarBuilder{}.bare_header("ext", "07777777777", 'x').finish()));
    CHECK(bad(TarBuilder{}.file("manifest.json", "1").file("./manifest.json", "2").finish()));
    CHECK_FALSE(bad(TarBuilder{}.file("a.tar", "1").file("a.tar", "1").finish()));
}

TEST_CASE("tar index: clean names") {
    CHECK(clean_member_name("a//./b/../c") == "a/c");
    CHECK(clean_member_name("/a") == "a");
    for (const std::string name : {"", ".", "/", "..", "a/../..", "../a", "a/.."}) CHECK_FALSE(clean_member_name(name));
    CHECK_FALSE(clean_member_name(std::string("a\0b", 3)));
    CHECK_FALSE(clean_member_name(std::string(5000, 'a')));
}
