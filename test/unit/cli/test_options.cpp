/// Options that are refused, and options registered with CLI11 itself.

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/parse.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::cli;

TEST_CASE("a refused option says why; switched off it is let through") {
    CLI::App app;
    app.set_help_flag();
    add_refused(app, "--pod", Takes::Value, "pods are not implemented");
    CHECK_THROWS_WITH_AS(parse_words(app, {"--pod", "x"}, {}),
                         "--pod is not supported by this version: pods are not implemented", Error);
    CLI::App flags;
    flags.set_help_flag();
    add_refused(flags, "-P,--publish-all", Takes::Nothing, "no ports");
    CHECK(parse_words(flags, {"--publish-all=false"}, {}) == ParseResult::Ready);
}

TEST_CASE("options of CLI11's own making follow the same conventions") {
    CLI::App app;
    app.set_help_flag();
    std::vector<std::string> list;
    std::string text;
    bool flag = false;
    app.add_option("--list", list);
    app.add_option("--text", text);
    app.add_flag("--flag", flag);
    parse_words(app, {"--list", "[a,b]", "--text", "one", "--text", "two", "--flag", "--list=c"}, {});
    CHECK(list == std::vector<std::string>{"[a,b]", "c"});
    CHECK(text == "two");
    CHECK(flag);
}
