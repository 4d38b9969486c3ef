/// What ps says of a state, YAML, stop times, names of `info`.

#include <doctest/doctest.h>

#include <string>

#include "cli/ps_row.h"
#include "cli/stop_time.h"
#include "cli/streams.h"
#include "cli/yaml.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::cli;

namespace {

constexpr UnixNanos kSecond = 1'000'000'000;

libpod::ContainerState state_with(libpod::State state) {
    libpod::ContainerState facts;
    facts.state = state;
    facts.started_at = 1000 * kSecond;
    facts.finished_at = 1060 * kSecond;
    facts.exit_code = 137;
    return facts;
}

}  // namespace

TEST_CASE("STATUS as podman words it") {
    const UnixNanos now = 1180 * kSecond;
    CHECK(ps_status(state_with(libpod::State::Running), now) == "Up 3 minutes");
    CHECK(ps_status(state_with(libpod::State::Stopped), now) == "Exited (137) 2 minutes ago");
    CHECK(ps_status(state_with(libpod::State::Configured), now) == "Created");
    CHECK(ps_status(state_with(libpod::State::Created), now) == "Initialized");
    CHECK(ps_status(state_with(libpod::State::Paused), now) == "Paused");
}

TEST_CASE("a clock that was set back gives no negative span") {
    CHECK(ps_status(state_with(libpod::State::Running), 0) == "Up Less than a second");
}

TEST_CASE("YAML quotes what would be read as something else") {
    const OrderedJson document = {
        {"plain", "text"}, {"number", 3}, {"word", "true"}, {"digits", "12"}, {"empty", ""}, {"colon", "a: b"},
        {"none", nullptr}, {"list", {"a", "b"}}, {"object", {{"inner", "x"}}}, {"nothing", OrderedJson::object()},
        {"records", {{{"k", 1}, {"l", 2}}}},
    };
    CHECK(to_yaml(document) ==
          "plain: text\nnumber: 3\nword: \"true\"\ndigits: \"12\"\nempty: \"\"\ncolon: \"a: b\"\nnone: null\n"
          "list:\n  - a\n  - b\nobject:\n  inner: x\nnothing: {}\nrecords:\n  - k: 1\n    l: 2\n");
}

TEST_CASE("--time: negative waits without end, absent leaves it to the container") {
    CHECK_FALSE(stop_time(std::nullopt).has_value());
    CHECK(stop_time(7) == std::chrono::seconds{7});
    CHECK(*stop_time(-1) > std::chrono::hours{24 * 365 * 50});
    CHECK_THROWS_AS(stop_time(INT64_MAX), Error);
}

TEST_CASE("--attach chooses streams") {
    const StreamChoice none = choose_streams({}, /*interactive=*/true);
    CHECK(none.in);
    CHECK(none.out);
    CHECK(none.err);
    const StreamChoice some = choose_streams({"STDERR", "stdin"}, /*interactive=*/false);
    CHECK_FALSE(some.in);
    CHECK_FALSE(some.out);
    CHECK(some.err);
    CHECK_THROWS_AS(choose_streams({"stdfoo"}, false), Error);
}
