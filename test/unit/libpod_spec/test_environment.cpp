// --env, --env-file, --label, and names and users as users write them.
#include <doctest/doctest.h>
#include <unistd.h>

#include "libpod/parse/values.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"

namespace skiff::libpod {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
const std::vector<std::string> kHost{"HOME=/root", "SECRET=x", "SECRET_TWO=y", "EMPTY="};

std::string memory_file(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

}  // namespace

TEST_CASE("--env: values, empty values, names and prefixes of the caller's own") {
    CHECK(parse_env({}, {"A=b", "B=", "C=x=y", "SECRET*", "HOME", "ABSENT", "EMPTY"}, kHost) ==
          Pairs{{"A", "b"}, {"B", ""}, {"C", "x=y"}, {"SECRET", "x"}, {"SECRET_TWO", "y"}, {"HOME", "/root"}, {"EMPTY", ""}});
    CHECK(parse_env({}, {"*=x"}, kHost) == Pairs{{"*", "x"}});
}

TEST_CASE("--env: what is refused") {
    for (const auto* text : {"", "=x", "A B=c", "A\n=x"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_env({}, {text}, kHost), Error);
    }
}

TEST_CASE("--env-file: comments, blank lines, line ends") {
    const auto file = make_memfd("env", "\xef\xbb\xbf# comment\n\n  A=b c \nHOME\r\nABSENT\n#X=y\nQ=\"kept\"", false);
    CHECK(parse_env({memory_file(file.get())}, {"A=last"}, kHost) == Pairs{{"A", "b c "}, {"HOME", "/root"}, {"Q", "\"kept\""}, {"A", "last"}});
    const auto bad = make_memfd("env", "A=b\n=x\n", false);
    try {
        parse_env({memory_file(bad.get())}, {}, kHost);
        FAIL_CHECK("was accepted");
    } catch (const Error& error) {
        CHECK(std::string{error.what()}.find("line 2") != std::string::npos);
    }
    CHECK_THROWS_AS(parse_env({"/nosuch/file"}, {}, kHost), Error);
}

TEST_CASE("--label") {
    CHECK(parse_labels({}, {"a=b", "c", "d=e=f", "a=z"}) == std::map<std::string, std::string>{{"a", "z"}, {"c", ""}, {"d", "e=f"}});
    CHECK_THROWS_AS(parse_labels({}, {"=x"}), Error);
}

TEST_CASE("names") {
    for (const auto* name : {"a", "A1_.-", "0"}) CHECK_NOTHROW(check_name("container", name));
    for (const auto* name : {"", "-a", "_a", ".a", "a/b", "a b", "a\n", "..", "\xc3\xa4"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(check_name("container", name), Error);
    }
    CHECK_NOTHROW(check_name("container", std::string(255, 'a')));
    CHECK_THROWS_AS(check_name("container", std::string(256, 'a')), Error);
}

TEST_CASE("users") {
    for (const auto* user : {"", "1", "0:0", "root", "user:group", "2147483647", "www-data", "a.b@c", "00"}) {
        CAPTURE(user);
        CHECK_NOTHROW(check_user(user));
    }
    for (const auto* user : {"+1", "-1", "2147483648", "4294967295", "4294967296", "1000 ", "a:b:c", "a:", ":b", ":", "a\n", "a/b"}) {
        CAPTURE(user);
        CHECK_THROWS_AS(check_user(user), Error);
    }
}

TEST_CASE("--entrypoint") {
    CHECK(parse_entrypoint("").empty());
    CHECK(parse_entrypoint("/bin/sh -c") == std::vector<std::string>{"/bin/sh -c"});
    CHECK(parse_entrypoint("[\"a\", \"b c\"]") == std::vector<std::string>{"a", "b c"});
    CHECK(parse_entrypoint("[1]") == std::vector<std::string>{"[1]"});
}

}  // namespace skiff::libpod
