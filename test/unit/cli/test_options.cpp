/// Options that are refused, and options registered with CLI11 itself.

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "cli/named_options.h"
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

TEST_CASE("only what the words may name is registered") {
    NamedOptions app{{"-it", "--name=x", "--flag", "--", "-q"}};
    app.set_help_flag();
    bool interactive = false, other = false;
    std::string name, image;
    CLI::Option* const letter = add_flag(app, "-i,--interactive", interactive, "");
    CLI::Option* const with_value = add_string(app, "--name", name, "NAME", "");
    CLI::Option* const absent = add_flag(app, "--other", other, "");
    add_argument(app, "IMAGE", image);
    CHECK(letter->get_name() == "--interactive");
    CHECK(with_value->get_name() == "--name");
    CHECK(absent == app.stand_in());
    CHECK(add_refused(app, "-e,--environment", Takes::Value, "") == app.stand_in());
    std::vector<std::string> flags;
    CHECK(add_list_csv(app, "-q,--flags", flags, "", "") != app.stand_in());
    CHECK(app.get_options().size() == 4);
    letter->excludes(absent);
    with_value->excludes(absent);
    NamedOptions words{{"-i", "--name", "n", "image"}};
    words.set_help_flag();
    add_flag(words, "-i,--interactive", interactive, "");
    add_string(words, "--name", name, "NAME", "");
    add_argument(words, "IMAGE", image);
    parse_words(words, {"-i", "--name", "n", "image"}, {});
    CHECK(interactive);
    CHECK(name == "n");
    CHECK(image == "image");
}

TEST_CASE("an unknown option's hint knows the names that were not registered") {
    NamedOptions app{{"--nme", "x"}};
    app.set_help_flag();
    std::string name;
    add_string(app, "--name", name, "NAME", "");
    const ParseRules rules{.define_all = [&](CLI::App& all) { add_string(all, "--name", name, "NAME", ""); }};
    try {
        parse_words(app, {"--nme", "x"}, rules);
        FAIL("was accepted");
    } catch (const Error& error) {
        CHECK(error.hint() == "did you mean --name?");
    }
}
