#include <doctest/doctest.h>

#include <string>

#include "util/error.h"
#include "util/json.h"
#include "util/yaml_document.h"

using namespace skiff;

TEST_CASE("YAML as JSON: nesting, types of plain scalars, strings of quoted ones") {
    const Json document = parse_yaml("---\na: 1\nb: [true, ~, \"1\", 'x', -2, 0x10, 0o17, 1.5, 1.2.3, +7]\nc:\n  - d: e\n    f: |\n      two\n      lines\n", "a file");
    CHECK(document["a"] == 1);
    CHECK(document["b"] == Json::array({true, nullptr, "1", "x", -2, 16, 15, 1.5, "1.2.3", 7}));
    CHECK(document["c"][0] == Json{{"d", "e"}, {"f", "two\nlines\n"}});
    CHECK(parse_yaml("", "a file").is_null());
    CHECK(parse_yaml("{\"json\": [1, 2]}", "a file") == Json{{"json", {1, 2}}});
}

TEST_CASE("aliases stand for what was named, and count as it") {
    CHECK(parse_yaml("a: &x [1, 2]\nb: *x\nc: &y z\nd: *y\n", "a file") == Json{{"a", {1, 2}}, {"b", {1, 2}}, {"c", "z"}, {"d", "z"}});
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int k = 1; k < 10; ++k) bomb += "," + before;
        bomb += "]\n";
    }
    CHECK_THROWS_AS(parse_yaml(bomb, "a file"), Error);
}

TEST_CASE("what is no YAML is refused with file and line") {
    CHECK_THROWS_WITH_AS(parse_yaml("a: [", "a file"), doctest::Contains("a file line"), Error);
    CHECK_THROWS_AS(parse_yaml("a: *nobody", "a file"), Error);
    CHECK_THROWS_AS(parse_yaml("? [a]\n: b", "a file"), Error);
    CHECK_THROWS_AS(parse_yaml(std::string(100, '[') + std::string(100, ']'), "a file"), Error);
}
