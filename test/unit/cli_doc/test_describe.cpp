#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

#include "cli/doc/describe.h"
#include "cli/doc/pages.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::cli;

namespace {

struct Sample {
    CLI::App app{"", "kill"};
    std::vector<std::string> names;
    std::string signal;
    bool all = false;
    std::string gone;

    Sample() {
        app.set_help_flag();
        app.add_option("CONTAINER", names);
        app.add_option("-s,--signal", signal, "from the parser")->type_name("SIGNAL");
        app.add_flag("-a,--all", all, "from the parser");
        app.add_option("--unknown-to-the-page", gone, "only the parser knows")->type_name("X");
        app.add_option("--gone", gone, "Refused: for the test");
    }
};

}  // namespace

TEST_CASE("describe: options and arguments of a parser") {
    const Sample sample;
    const OrderedJson document = describe(sample.app);
    CHECK_EQ(document["name"], "kill");
    CHECK_EQ(document["positionals"].dump(), R"([{"name":"CONTAINER","required":false,"repeatable":true}])");
    REQUIRE_EQ(document["options"].size(), 4);
    CHECK_EQ(document["options"][0].dump(),
             R"({"names":["all"],"short":["a"],"value":"","takes_value":false,"repeatable":false,"hidden":false})");
    CHECK_EQ(document["options"][1]["hidden"], true);
    CHECK_EQ(document["options"][2]["value"], "SIGNAL");
}

TEST_CASE("help: sentences, usage and examples come from the manual") {
    const Sample sample;
    const std::string help = help_text(sample.app, "kill");
    CHECK(help.starts_with("Sends SIGKILL, or another signal, to the first process of running containers.\n\nUsage:\n  skiff kill [OPTIONS] CONTAINER...\n"));
    CHECK(help.find("  -a, --all                    Acts on every container that is in a state for it\n") != std::string::npos);
    CHECK(help.find("\n      --unknown-to-the-page=X  only the parser knows\n") != std::string::npos);
    CHECK(help.find("--gone") == std::string::npos);
    CHECK(help.find("from the parser") == std::string::npos);
    CHECK(help.ends_with("\nExamples:\n  $ skiff kill web\n  $ skiff kill --signal HUP web\n"));
    for (const auto& line : split(help, '\n')) CHECK_LE(line.size(), 100);
}

TEST_CASE("help: a command without a page is described from the parser") {
    const Sample sample;
    CHECK_EQ(help_text(sample.app, "no such"),
             "Usage:\n  skiff no such [OPTIONS] [CONTAINER...]\n\nOptions:\n  -a, --all                    from the parser\n"
             "  -s, --signal=SIGNAL          from the parser\n      --unknown-to-the-page=X  only the parser knows\n");
}

TEST_CASE("pages: every option says something, once") {
    for (const Page& page : pages()) {
        CAPTURE(page.command);
        CHECK_FALSE(page.summary.empty());
        CHECK_FALSE(page.text.empty());
        CHECK(page.usage.starts_with("skiff"));
        std::string_view last;
        for (const PageOption& option : page.options) {
            CAPTURE(option.name);
            CHECK_FALSE(option.sentence.empty());
            CHECK_LT(last, option.name);
            last = option.name;
        }
    }
    CHECK_EQ(find_page("nonsense"), nullptr);
    REQUIRE_NE(find_page("run"), nullptr);
    CHECK_NE(find_option(*find_page("run"), "memory"), nullptr);
}
