/// The table of commands: what a line of words names.

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>

#include <set>
#include <string>

#include "cli/commands.h"
#include "cli/invocation.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::cli;

TEST_CASE("every command can be defined, and has a summary") {
    for (const Command& command : commands()) {
        CAPTURE(command.path);
        CHECK_FALSE(command.summary.empty());
        if (command.define == nullptr) continue;
        CLI::App app;
        app.set_help_flag();
        Invocation invocation;
        command.define(app, invocation);
        if (invocation.needs == Needs::NoDatabase) CHECK(invocation.local_action);
        else CHECK(invocation.action);
    }
}

TEST_CASE("every alias leads to a command, and no path is taken twice") {
    std::set<std::string_view> paths;
    for (const Command& command : commands()) CHECK(paths.insert(command.path).second);
    for (const Alias& alias : aliases()) {
        CAPTURE(alias.path);
        CHECK(paths.insert(alias.path).second);
        const Command* command = find_command(alias.path);
        REQUIRE(command != nullptr);
        CHECK(command->path == alias.canonical);
    }
}

TEST_CASE("words name a command, a command of a group, or nothing") {
    CHECK(name_command({"version", "--format", "x"}).words == 1);
    CHECK_THROWS_AS(name_command({}), Error);
    CHECK_THROWS_AS(name_command({"nosuch"}), Error);
    CHECK_THROWS_AS(name_command({"container", "nosuch"}), Error);
    try {
        name_command({"verison"});
        FAIL("named");
    } catch (const Error& error) {
        CHECK(error.hint() == "did you mean skiff version?");
    }
}

TEST_CASE("global options can be defined") {
    CLI::App app;
    app.set_help_flag();
    Invocation invocation;
    define_globals(app, invocation);
    CHECK(app.get_option("--root") != nullptr);
}
