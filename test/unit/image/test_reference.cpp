#include <doctest/doctest.h>

#include "image/reference.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::image;

namespace {
const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;

std::string local(std::string_view text) { return normalize_reference(text, Default::Localhost).text(); }
std::string hub(std::string_view text) { return normalize_reference(text, Default::DockerHub).text(); }
}  // namespace

TEST_CASE("reference: parts") {
    const auto full = parse_reference("reg.example:5000/team/app:1.2@" + kDigest);
    CHECK(full.registry == "reg.example:5000");
    CHECK(full.path == "team/app");
    CHECK(full.tag == "1.2");
    CHECK(full.digest->text() == kDigest);
    CHECK(full.repository() == "reg.example:5000/team/app");
    CHECK(full.text() == "reg.example:5000/team/app:1.2@" + kDigest);

    const auto plain = parse_reference("busybox");
    CHECK(plain.is_short());
    CHECK(plain.path == "busybox");
    CHECK(plain.tag.empty());
    CHECK_FALSE(plain.digest);

    CHECK(parse_reference("team/app").is_short());
    CHECK(parse_reference("localhost/app").registry == "localhost");
    CHECK(parse_reference("localhost:5000/app").registry == "localhost:5000");
    CHECK(parse_reference("[::1]:5000/app:x").registry == "[::1]:5000");
    CHECK(parse_reference("[fe80::1]/app").registry == "[fe80::1]");
    CHECK(parse_reference("UPPER/app").registry == "UPPER");
    CHECK(parse_reference("a.b/c__d/e--f.g_h:T_-.1").tag == "T_-.1");
}

TEST_CASE("reference: completion") {
    CHECK(local("busybox") == "localhost/busybox:latest");
    CHECK(hub("busybox") == "docker.io/library/busybox:latest");
    CHECK(hub("team/app:1") == "docker.io/team/app:1");
    CHECK(hub("index.docker.io/busybox") == "docker.io/library/busybox:latest");
    CHECK(local("docker.io/busybox") == "docker.io/library/busybox:latest");
    CHECK(local("quay.io/busybox") == "quay.io/busybox:latest");
    CHECK(hub("busybox:1@" + kDigest) == "docker.io/library/busybox@" + kDigest);
}

TEST_CASE("reference: a short name stands for localhost's before docker.io's") {
    const auto candidates = local_candidates(parse_reference("app:2"));
    REQUIRE(candidates.size() == 2);
    CHECK(candidates[0].text() == "localhost/app:2");
    CHECK(candidates[1].text() == "docker.io/library/app:2");
    CHECK(local_candidates(parse_reference("quay.io/app")).size() == 1);
}

TEST_CASE("reference: refused") {
    const std::vector<std::string> bad = {
        "", ":", "@", "/", "a/", "/a", "a//b", "Busybox", "a/B", "a:", "a:b:c", "a:-x", "a:" + std::string(129, 'x'), "a b", "a\n",
        std::string("a\0b", 3), "../a", "a/../b", ".a", "a.", "a..b", "a___b", "a_-b", "-a", "a-", "a:lat est", "host:0/a", "host:65536/a",
        "host:x/a", "-h.x/a", "h-.x/a", "a..b/c", "[::1/a", "[zz]/a", "[]/a", kHex, "x@", "x@sha256:", "x@sha256:" + std::string(63, 'a'),
        "x@sha256:" + std::string(65, 'a'), "x@sha256:" + std::string(64, 'A'), "x@sha256:" + std::string(64, 'g'), "x@md5:" + std::string(32, 'a'),
        "x@" + kHex, "x@sha256:../../x", "@" + kDigest, ":tag", std::string(256, 'a'), std::string(100000, 'a'), "docker://busybox", "a@b@" + kDigest};
    for (const auto& text : bad) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_reference(text), Error);
        CHECK_FALSE(try_parse_reference(text));
    }
    CHECK_THROWS_WITH(parse_reference("Busybox"), "invalid reference format: \"Busybox\": repository name must be lowercase");
}

TEST_CASE("reference: parsing what was printed gives the same") {
    for (const std::string text : {"a", "a:b", "h.x/a/b:c", "localhost:1/a", "[::1]:2/x:y"})
        CHECK(parse_reference(parse_reference(text).text()) == parse_reference(text));
}

TEST_CASE("reference: ID prefixes") {
    CHECK(as_id_prefix("abc") == "abc");
    CHECK(as_id_prefix("sha256:abcdef") == "abcdef");
    CHECK(as_id_prefix(kHex) == kHex);
    for (const std::string text : {"ab", "", "sha256:", "xyz", "ABC", "abc ", "sha512:abc"}) CHECK_FALSE(as_id_prefix(text));
    CHECK_FALSE(as_id_prefix(std::string(65, 'a')));
}
