#include <doctest/doctest.h>

#include "libpod/health_state.h"
#include "libpod/parse/health.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::libpod;

namespace {

HealthConfig check(std::uint32_t retries) {
    HealthConfig config;
    config.test = {"CMD-SHELL", "true"};
    config.retries = retries;
    return config;
}

HealthResult result(int code) { return {.start = 1, .end = 2, .exit_code = code, .output = ""}; }

}  // namespace

TEST_CASE("health: failures in a row turn a container unhealthy, one pass makes it well") {
    HealthState state;
    const auto config = check(2);
    CHECK(take_result(config, state, result(0), false).status_changed);
    CHECK(state.status == "healthy");
    CHECK_FALSE(take_result(config, state, result(1), false).status_changed);
    CHECK(state.status == "healthy");
    CHECK(take_result(config, state, result(1), false).turned_unhealthy);
    CHECK(state.failing_streak == 2);
    CHECK_FALSE(take_result(config, state, result(1), false).turned_unhealthy);  // it was already
    CHECK(take_result(config, state, result(0), false).status_changed);
    CHECK(state.failing_streak == 0);
}

TEST_CASE("health: the start period forgives failures, and passes count in it") {
    HealthState state;
    const auto config = check(1);
    take_result(config, state, result(1), /*in_start_period=*/true);
    CHECK(state.status == "starting");
    CHECK(state.failing_streak == 0);
    take_result(config, state, result(0), true);
    CHECK(state.status == "healthy");
}

TEST_CASE("health: the startup check passes after so many in a row, and gives up after so many failures") {
    auto config = check(1);
    config.startup.test = {"CMD", "up"};
    config.startup.successes = 2;
    config.startup.retries = 3;
    HealthState state;
    CHECK(is_starting_up(config, state));
    take_result(config, state, result(0), false);
    take_result(config, state, result(1), false);
    CHECK(state.startup_successes == 0);
    CHECK_FALSE(take_result(config, state, result(1), false).startup_gave_up);
    CHECK(take_result(config, state, result(1), false).startup_gave_up);
    CHECK(state.status == "starting");
    take_result(config, state, result(0), false);
    take_result(config, state, result(0), false);
    CHECK_FALSE(is_starting_up(config, state));
    CHECK(state.status == "starting");
}

TEST_CASE("health: the log keeps the newest results") {
    auto config = check(1);
    config.max_log_count = 2;
    HealthState state;
    for (int code = 0; code < 4; ++code) take_result(config, state, result(code), false);
    REQUIRE(state.log.size() == 2);
    CHECK(state.log[0].exit_code == 2);
    CHECK(state.log[1].exit_code == 3);
}

TEST_CASE("health flags: forms of the command") {
    const auto test_of = [](const char* text) {
        HealthFlags flags;
        flags.cmd = text;
        return apply_health_flags(flags, {}).test;
    };
    using Words = std::vector<std::string>;
    CHECK(test_of("curl -f localhost") == Words{"CMD-SHELL", "curl -f localhost"});
    CHECK(test_of(R"(["a", "b c"])") == Words{"CMD", "a", "b c"});
    CHECK(test_of(R"(["CMD-SHELL", "a b"])") == Words{"CMD-SHELL", "a b"});
    CHECK(test_of("[ -f /ready ]") == Words{"CMD-SHELL", "[ -f /ready ]"});
    CHECK(test_of("none").empty());
    CHECK(health_command({"CMD-SHELL", "a b"}) == Words{"/bin/sh", "-c", "a b"});
    CHECK(health_command({"CMD", "a", "b c"}) == Words{"a", "b c"});
}

TEST_CASE("health flags: what is not said stays as the image has it") {
    const auto base = health_of_image(R"({"Test":["CMD","up"],"Interval":5000000000,"Retries":7})");
    CHECK(base.interval_ns == 5'000'000'000);
    CHECK(base.timeout_ns == 30'000'000'000);
    HealthFlags flags;
    flags.timeout = "2s";
    const auto health = apply_health_flags(flags, base);
    CHECK(health.timeout_ns == 2'000'000'000);
    CHECK(health.retries == 7);
    flags = {};
    flags.no_healthcheck = true;
    CHECK(apply_health_flags(flags, base).test.empty());
    CHECK(health_of_image(R"({"Test":["NONE"]})").test.empty());
    CHECK_THROWS_AS(apply_health_flags([] { HealthFlags alone; alone.interval = "1s"; return alone; }(), HealthConfig{}), Error);
}
