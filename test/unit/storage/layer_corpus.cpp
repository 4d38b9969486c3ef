#include "layer_corpus.h"

#include <cstdlib>

#include "tar_builder.h"

namespace skiff::test {
namespace {

using Cases = std::vector<CorpusCase>;

std::string repeat(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

void add_escapes(Cases& cases) {
    const auto tar = [] { return TarBuilder{}; };
    cases.push_back({"dotdot", tar().file("../canary/file", "bad").finish(), "leads out"});
    cases.push_back({"dotdot later", tar().file("a/../../canary/file", "bad").finish(), "leads out"});
    cases.push_back({"dotdot at the end", tar().directory("a").directory("a/../..").finish(), "leads out"});
    cases.push_back({"dotdot inside", tar().directory("a").file("a/../b").finish(), ""});
    cases.push_back({"absolute", tar().file("/etc/passwd").finish(), ""});
    cases.push_back({"absolute dotdot", tar().file("/../canary/file", "bad").finish(), "leads out"});
    cases.push_back({"many slashes", tar().file("///a//b///c").finish(), ""});
    cases.push_back({"root is a symlink", tar().symlink(".", "../canary").file("x").finish(), "not a directory"});
    cases.push_back({"slash is a symlink", tar().symlink("/", "../canary").file("x").finish(), "not a directory"});
    cases.push_back({"root is a file", tar().file("./", "").add({.name = ".", .content = "x"}).finish(), "not a directory"});
    cases.push_back({"root is a hard link", tar().file("a").hard_link("./", "a").finish(), "not a directory"});
    cases.push_back({"empty name", tar().file("", "x").finish(), "not a directory"});
    cases.push_back({"file through absolute link", tar().symlink("l", "/canary").file("l/file", "bad").finish(), ""});
    cases.push_back({"file through relative link", tar().symlink("l", "../canary").file("l/file", "bad").finish(), ""});
    cases.push_back({"file through long climb", tar().symlink("l", repeat("../", 40) + "canary/dir").file("l/inner", "bad").finish(), ""});
    cases.push_back({"link chain", tar().symlink("a", "b").symlink("b", "../../canary").file("a/dir/inner", "bad").finish(), ""});
    cases.push_back({"magic link", tar().symlink("l", "/proc/self/root").file("l/tmp/skiff-bad", "bad").finish(), ""});
    cases.push_back({"magic cwd", tar().symlink("l", "/proc/self/cwd").file("l/skiff-bad", "bad").finish(), ""});
    cases.push_back({"link loop", tar().symlink("a", "b").symlink("b", "a").file("a/x").finish(), "loop of links"});
    cases.push_back({"link to itself", tar().symlink("a", "a").file("a/x").finish(), "loop of links"});
    cases.push_back({"file over link", tar().symlink("l", "../canary/file").file("l", "bad").finish(), ""});
    cases.push_back({"directory over link", tar().symlink("l", "../canary").directory("l", 0700).file("l/file", "bad").finish(), ""});
    cases.push_back({"symlink over link", tar().symlink("l", "../canary").symlink("l", "x").finish(), ""});
    cases.push_back({"fifo over link", tar().symlink("l", "../canary/file").add({.name = "l", .type = '6'}).finish(), ""});
    cases.push_back({"metadata through link", tar().symlink("l", "../canary/suid").hard_link("m", "l").add({.name = "m", .type = '2', .link = "q", .uid = 7}).finish(), ""});
    cases.push_back({"parent is a file", tar().file("a").file("a/b").finish(), "not a directory"});
    cases.push_back({"parent is a fifo", tar().add({.name = "a", .type = '6'}).file("a/b").finish(), "not a directory"});
    cases.push_back({"trailing slash file", tar().file("a/", "").file("a/b").finish(), ""});
}

void add_hard_links(Cases& cases) {
    const auto tar = [] { return TarBuilder{}; };
    cases.push_back({"hard link out", tar().hard_link("a", "../canary/file").finish(), "leads out"});
    cases.push_back({"hard link absolute", tar().hard_link("a", "/canary/file").finish(), "does not hold"});
    cases.push_back({"hard link through link", tar().symlink("l", "../canary").hard_link("a", "l/file").finish(), "does not hold"});
    cases.push_back({"hard link to a link", tar().symlink("l", "../canary/file").hard_link("a", "l").finish(), ""});
    cases.push_back({"hard link, then write", tar().symlink("l", "../canary/file").hard_link("a", "l").file("a", "bad").finish(), ""});
    cases.push_back({"hard link to a later entry", tar().hard_link("a", "b").file("b").finish(), "does not hold"});
    cases.push_back({"hard link to a directory", tar().directory("d").hard_link("a", "d").finish(), "directory"});
    cases.push_back({"hard link to the root", tar().hard_link("a", "/").finish(), "does not hold"});
    cases.push_back({"hard link to itself", tar().file("a", "keep").hard_link("a", "./a").finish(), ""});
    cases.push_back({"hard link over its parent", tar().file("d/a").hard_link("d", "d/a").finish(), "its own target"});
    cases.push_back({"hard link to a whiteout", tar().file(".wh.a", "").hard_link("b", "a").finish(), "does not hold"});
    cases.push_back({"hard link without target", tar().hard_link("a", "").finish(), "does not hold"});
}

void add_whiteouts(Cases& cases) {
    const auto tar = [] { return TarBuilder{}; };
    cases.push_back({"whiteout", tar().file("d/.wh.gone", "").finish(), ""});
    cases.push_back({"whiteout of dotdot", tar().file(".wh...", "").finish(), "whiteout"});
    cases.push_back({"whiteout of dot", tar().file(".wh..", "").finish(), "whiteout"});
    cases.push_back({"whiteout of nothing", tar().file(".wh.", "").finish(), "whiteout"});
    cases.push_back({"whiteout of a parent", tar().file("a/../../.wh.x", "").finish(), "leads out"});
    cases.push_back({"below a whiteout name", tar().file("a/.wh.b/c").finish(), "whiteout"});
    cases.push_back({"whiteout is a directory", tar().directory(".wh.d").finish(), "whiteout"});
    cases.push_back({"opaque on a link", tar().symlink("l", "../canary").file("l/.wh..wh..opq", "").finish(), ""});
    cases.push_back({"opaque below a file", tar().file("a").file("a/.wh..wh..opq", "").finish(), "not a directory"});
    cases.push_back({"aufs leftovers", tar().directory(".wh..wh.plnk").file(".wh..wh.plnk/1.2").file(".wh..wh.aufs").finish(), ""});
    cases.push_back({"device is a whiteout", tar().add({.name = "a", .type = '3'}).finish(), "overlayfs's own"});
}

void add_attributes(Cases& cases) {
    const auto xattr = [](const std::string& name, const std::string& value) {
        return TarBuilder{}.pax("a", {{"SCHILY.xattr." + name, value}}).finish();
    };
    cases.push_back({"trusted.overlay.redirect", xattr("trusted.overlay.redirect", "/etc"), "overlayfs's own"});
    cases.push_back({"trusted.overlay.opaque", xattr("trusted.overlay.opaque", "y"), "overlayfs's own"});
    cases.push_back({"user.overlay.whiteout", xattr("user.overlay.whiteout", "y"), "overlayfs's own"});
    cases.push_back({"bad capability", xattr("security.capability", "junk"), "malformed"});
    cases.push_back({"selinux label", xattr("security.selinux", "system_u:object_r:x_t:s0"), ""});
    cases.push_back({"user attribute", xattr("user.mine", "1"), ""});
    cases.push_back({"owner -1", TarBuilder{}.add({.name = "a", .uid = 0xffffffff}).finish(), "owner is out of range"});
    cases.push_back({"negative owner", TarBuilder{}.add({.name = "a", .gid = -2}).finish(), "owner is out of range"});
    cases.push_back({"huge owner", TarBuilder{}.pax("a", {{"uid", "99999999999"}}).finish(), "owner is out of range"});
    cases.push_back({"time before 1970", TarBuilder{}.pax("a", {{"mtime", "-1.5"}}).finish(), ""});
    cases.push_back({"time is no number", TarBuilder{}.pax("a", {{"mtime", "soon"}}).finish(), "not a number"});
}

void add_names(Cases& cases) {
    const std::string deep = repeat("d/", 2040) + "f";
    cases.push_back({"255 bytes", TarBuilder{}.long_name(std::string(255, 'n')).file("x").finish(), ""});
    cases.push_back({"256 bytes", TarBuilder{}.long_name(std::string(256, 'n')).file("x").finish(), "longer than 255"});
    cases.push_back({"deep", TarBuilder{}.pax("x", {{"path", deep}}).finish(), ""});
    cases.push_back({"deeper than paths reach", TarBuilder{}.pax("x", {{"path", repeat("d/", 10000) + "f"}}).finish(), "longer than 4095"});
    cases.push_back({"NUL in a pax name", TarBuilder{}.pax("x", {{"path", std::string("a\0b", 3)}}).finish(), "NUL"});
    cases.push_back({"newline and bytes", TarBuilder{}.pax("x", {{"path", "a\nb\xff\xfe"}}).finish(), ""});
    cases.push_back({"pax path leads out", TarBuilder{}.pax("good", {{"path", "../canary/file"}}).finish(), "leads out"});
    cases.push_back({"GNU name leads out", TarBuilder{}.long_name("../canary/file").file("good").finish(), "leads out"});
    cases.push_back({"GNU name wins over pax", TarBuilder{}.long_name("b").pax("good", {{"path", "../canary/file"}}).finish(), ""});
    cases.push_back({"prefix leads out", TarBuilder{}.add({.name = "file", .content = "bad", .prefix = "../canary"}).finish(), "leads out"});
    cases.push_back({"link target leads out by pax", TarBuilder{}.add({.name = "a", .type = '1', .link = "b", .pax = {{"linkpath", "../canary/file"}}}).finish(), "leads out"});
    cases.push_back({"link target too long", TarBuilder{}.add({.name = "a", .type = '2', .pax = {{"linkpath", std::string(5000, 'l')}}}).finish(), "too long"});
    cases.push_back({"link without target", TarBuilder{}.symlink("a", "").finish(), "without target"});
    cases.push_back({"case differs", TarBuilder{}.file("Readme", "1").file("README", "2").finish(), ""});
    cases.push_back({"duplicates", TarBuilder{}.file("a", "1").directory("a").file("a/b").file("a", "3").finish(), ""});
}

std::string sparse_header(const std::string& map, const std::string& name) {
    return TarBuilder{}.pax(name, {{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.realsize", "1000000"},
                                   {"GNU.sparse.name", name}}, map + std::string((512 - map.size() % 512) % 512, '\0') + "data").finish();
}

void add_sizes(Cases& cases) {
    cases.push_back({"negative size", TarBuilder{}.add({.name = "a", .size = std::int64_t{1} << 40}).unfinished(), "ends in the middle"});
    cases.push_back({"size below zero", TarBuilder{}.raw([] {
        auto block = TarBuilder::header_block({.name = "a"});
        block.replace(124, 12, std::string(12, '\xff'));
        TarBuilder::seal(block);
        return block;
    }()).finish(), "negative size"});
    cases.push_back({"size is no number", TarBuilder{}.pax("a", {{"size", "-5"}}).finish(), "not a number"});
    cases.push_back({"cut in a header", TarBuilder{}.file("a").finish().substr(0, 700).substr(0, 300), "middle of a block"});
    cases.push_back({"cut in content", TarBuilder{}.file("a", std::string(5000, 'x')).unfinished().substr(0, 3000), "middle of an entry"});
    cases.push_back({"ends after a pax header", TarBuilder{}.pax("a", {{"path", "b"}}).unfinished().substr(0, 1024), "extended header"});
    cases.push_back({"no end marker", TarBuilder{}.file("a").unfinished(), ""});
    cases.push_back({"data after a zero block", std::string(512, '\0') + TarBuilder{}.file("a").finish(), "block of zeros"});
    cases.push_back({"rubbish after the end", TarBuilder{}.file("a").finish() + std::string(100'000, 'j'), ""});
    cases.push_back({"wrong check sum", [] { auto tar = TarBuilder{}.file("a").finish(); tar[0] = 'b'; return tar; }(), "check sum"});
    cases.push_back({"not a tar", std::string(4096, 'z'), "broken tar"});
    cases.push_back({"empty", "", ""});
    cases.push_back({"unknown type", TarBuilder{}.add({.name = "a", .type = 'Q'}).finish(), "unknown type"});
    cases.push_back({"pax header of 2 MB", TarBuilder{}.pax("a", {{"comment", std::string(2 << 20, 'c')}}).finish(), "too large"});
    cases.push_back({"pax length wrong", TarBuilder{}.add({.name = "p", .type = 'x', .content = "99 path=x\n"}).file("a").finish(), "wrong length"});
    cases.push_back({"pax without equals", TarBuilder{}.add({.name = "p", .type = 'x', .content = "9 abcdef\n"}).file("a").finish(), "malformed"});
    cases.push_back({"many pax headers", TarBuilder{}.raw(repeat(TarBuilder{}.add({.name = "p", .type = 'x', .content = "9 a=bcde\n"}).unfinished(), 100)).file("a").finish(), "too many extended"});
    cases.push_back({"old Unix tar", TarBuilder{}.add({.name = "dir/", .type = '\0', .magic = ""}).add({.name = "dir/f", .type = '\0', .content = "v7", .magic = ""}).finish(), ""});
    cases.push_back({"sparse 1.0", sparse_header("1\n500000\n4\n", "s"), ""});
    cases.push_back({"sparse overlap", sparse_header("2\n0\n2\n1\n2\n", "s"), "inconsistent"});
    cases.push_back({"sparse beyond the end", sparse_header("1\n999999\n4\n", "s"), "inconsistent"});
    cases.push_back({"sparse of too many pieces", sparse_header("1000000000\n" + repeat("0\n0\n", 300'000), "s"), "too many pieces"});
    cases.push_back({"sparse map cut short", sparse_header("5000\n0\n4\n", "s"), "sparse map"});
    cases.push_back({"sparse content missing", sparse_header("1\n0\n400\n", "s"), "does not match"});
    cases.push_back({"sparse name leads out", sparse_header("1\n0\n4\n", "../canary/file"), "leads out"});
}

}  // namespace

std::vector<CorpusCase> layer_corpus() {
    Cases cases;
    add_escapes(cases);
    add_hard_links(cases);
    add_whiteouts(cases);
    add_attributes(cases);
    add_names(cases);
    add_sizes(cases);
    return cases;
}

}  // namespace skiff::test
