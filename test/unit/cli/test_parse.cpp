/// The conventions of a command line: what is an option, a value, an argument.

#include <doctest/doctest.h>

#include <CLI/App.hpp>

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/parse.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::cli;

namespace {

using Words = std::vector<std::string>;

struct Sample {
    CLI::App app;
    bool all = false, tty = false, interactive = false;
    std::string name = "unset";
    Words env, caps, names;
    std::optional<std::int64_t> time;

    Sample() {
        app.set_help_flag();
        add_flag(app, "-a,--all", all, "All");
        add_flag(app, "-t,--tty", tty, "A terminal");
        add_flag(app, "-i,--interactive", interactive, "Standard input");
        add_string(app, "-n,--name", name, "NAME", "A name");
        add_list(app, "-e,--env", env, "ENV", "Variables");
        add_list_csv(app, "--cap-add", caps, "CAP", "Capabilities");
        add_int(app, "--time,--timeout", time, "SECONDS", "How long");
        add_arguments(app, "WORD", names);
    }
    ParseResult parse(const Words& words, bool interspersed = true) {
        return parse_words(app, words, {.interspersed = interspersed, .globals = nullptr});
    }
};

// The error of a command line that must fail.
Error error_of(const Words& words) {
    Sample sample;
    try {
        sample.parse(words);
    } catch (const Error& error) {
        return error;
    }
    FAIL("parsed without error");
    throw std::logic_error{"unreachable"};
}

}  // namespace

TEST_CASE("flags: alone, with a value, in a group of letters") {
    Sample sample;
    sample.parse({"--all", "-it"});
    CHECK(sample.all);
    CHECK(sample.interactive);
    CHECK(sample.tty);
    for (const char* no : {"--all=false", "--all=0", "--all=F", "-a=false"}) {
        Sample off;
        off.all = true;
        off.parse({no});
        CHECK_FALSE(off.all);
    }
    Sample last;
    last.parse({"--all", "--all=false"});
    CHECK_FALSE(last.all);
}

TEST_CASE("a flag does not take the next word") {
    Sample sample;
    sample.parse({"--all", "false"});
    CHECK(sample.all);
    CHECK(sample.names == Words{"false"});
}

TEST_CASE("values: every spelling, kept verbatim") {
    for (const Words& words : {Words{"--name", "x=y"}, {"--name=x=y"}, {"-n", "x=y"}, {"-nx=y"}, {"-n=x=y"},
                               {"-itn", "x=y"}, {"-itnx=y"}, {"--name", "a", "--name", "x=y"}}) {
        Sample sample;
        sample.parse(words);
        CHECK(sample.name == "x=y");
    }
}

TEST_CASE("a value may be empty, begin with a dash, or look like a list") {
    for (const char* value : {"", "-", "--all", "--", "[a,b]", "{}", "\"quoted\"", "a b"}) {
        Sample apart;
        apart.parse({"--name", value});
        CHECK(apart.name == value);
        CHECK_FALSE(apart.all);
        Sample joined;
        joined.parse({std::string{"--name="} + value, "word"});
        CHECK(joined.name == value);
        CHECK(joined.names == Words{"word"});
    }
}

TEST_CASE("list keeps commas, list-csv splits at them") {
    Sample sample;
    sample.parse({"--env", "a=1,b=2", "-ec=3", "--cap-add", "a,\"b,c\"", "--cap-add=d", "--cap-add="});
    CHECK(sample.env == Words{"a=1,b=2", "c=3"});
    CHECK(sample.caps == Words{"a", "b,c", "d"});
}

TEST_CASE("a list option takes one word, not all that follow") {
    Sample sample;
    sample.parse({"--env", "a=1", "first", "second"});
    CHECK(sample.env == Words{"a=1"});
    CHECK(sample.names == Words{"first", "second"});
}

TEST_CASE("numbers, negative ones too, under either name") {
    Sample sample;
    sample.parse({"--time", "-1"});
    CHECK(sample.time == -1);
    Sample other;
    other.parse({"--timeout=7"});
    CHECK(other.time == 7);
    CHECK(std::string{error_of({"--time", "x"}).what()} == "--time: \"x\" is not a whole number");
}

TEST_CASE("options after arguments, where the command allows it") {
    Sample mixed;
    mixed.parse({"one", "--all", "two"});
    CHECK(mixed.all);
    CHECK(mixed.names == Words{"one", "two"});

    Sample container;
    container.parse({"-i", "image", "--all", "-t", "--", "x"}, /*interspersed=*/false);
    CHECK(container.interactive);
    CHECK_FALSE(container.all);
    CHECK_FALSE(container.tty);
    CHECK(container.names == Words{"image", "--all", "-t", "--", "x"});
}

TEST_CASE("-- ends the options and is dropped; - is an argument") {
    Sample sample;
    sample.parse({"--all", "--", "-t", "--"});
    CHECK(sample.all);
    CHECK_FALSE(sample.tty);
    CHECK(sample.names == Words{"-t", "--"});
    Sample dash;
    dash.parse({"-"});
    CHECK(dash.names == Words{"-"});
}

TEST_CASE("help wins over mistakes before and after it") {
    Sample sample;
    CHECK(sample.parse({"--time", "x", "--help", "--nosuch"}) == ParseResult::HelpWanted);
    Sample letter;
    CHECK(letter.parse({"-ah"}) == ParseResult::HelpWanted);
    Sample value;
    CHECK(value.parse({"--name", "--help"}) == ParseResult::Ready);
    CHECK(value.name == "--help");
}

TEST_CASE("mistakes are told with the nearest name") {
    CHECK(error_of({"--nmae", "x"}).hint() == "did you mean --name?");
    CHECK(error_of({"--interact"}).hint() == "did you mean --interactive?");
    CHECK(error_of({"--zzzzzz"}).hint().empty());
    CHECK(error_of({"--foo"}).hint().empty());
    CHECK(std::string{error_of({"-ix"}).what()} == "unknown option \"-x in -ix\"");
    CHECK(std::string{error_of({"--name"}).what()} == "option --name needs a value");
    CHECK(std::string{error_of({"--all=maybe"}).what()} == "--all: \"maybe\" is neither true nor false");
    CHECK(std::string{error_of({"--cap-add", "\"a"}).what()} == "--cap-add: list \"\\\"a\": a quoted field has no end");
}

TEST_CASE("global options are taken wherever the command has none of that name") {
    Sample sample;
    CLI::App globals;
    globals.set_help_flag();
    std::string root, other_name;
    add_string(globals, "--root", root, "DIR", "Root");
    add_string(globals, "--name", other_name, "NAME", "Hidden by the command's");
    parse_words(sample.app, {"--root", "/r", "--name=n"}, {.interspersed = true, .globals = &globals});
    CHECK(root == "/r");
    CHECK(sample.name == "n");
    CHECK(other_name.empty());
}

TEST_CASE("options in front of the command end at the first argument") {
    CLI::App globals;
    globals.set_help_flag();
    std::string root;
    add_string(globals, "--root", root, "DIR", "Root");
    CHECK(parse_leading(globals, {"--root", "/r", "run", "--root"}).consumed == 2);
    CHECK(parse_leading(globals, {"run"}).consumed == 0);
}

TEST_CASE("arguments: missing, too many, in order") {
    CLI::App app;
    app.set_help_flag();
    std::string source, target;
    add_argument(app, "SOURCE", source);
    add_argument(app, "TARGET", target, /*required=*/false);
    CHECK_THROWS_WITH_AS(parse_words(app, {}, {}), "argument SOURCE is missing", Error);
    CLI::App second;
    second.set_help_flag();
    add_argument(second, "SOURCE", source);
    add_argument(second, "TARGET", target, /*required=*/false);
    parse_words(second, {"a", "b"}, {});
    CHECK(source == "a");
    CHECK(target == "b");
    CLI::App third;
    third.set_help_flag();
    add_argument(third, "SOURCE", source);
    CHECK_THROWS_WITH_AS(parse_words(third, {"a", "b"}, {}), "unexpected argument \"b\"", Error);
}
