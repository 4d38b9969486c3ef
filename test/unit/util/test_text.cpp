#include <doctest/doctest.h>

#include "util/clock.h"
#include "util/signals.h"
#include "util/text.h"

using namespace skiff;

TEST_CASE("sizes are read in binary units whatever the spelling") {
    CHECK(parse_size("512") == 512);
    CHECK(parse_size("64k") == 65536);
    CHECK(parse_size("10MiB") == 10 * 1024 * 1024);
    CHECK(parse_size("3MB") == 3 * 1024 * 1024);
    CHECK(parse_size("1.5g") == 1610612736);
    CHECK_FALSE(parse_size(""));
    CHECK_FALSE(parse_size("k"));
    CHECK_FALSE(parse_size("-1"));
    CHECK_FALSE(parse_size("1x"));
    CHECK_FALSE(parse_size("99999999999999999999"));
}

TEST_CASE("durations are Go's, or bare seconds") {
    using namespace std::chrono_literals;
    CHECK(parse_duration("10") == 10s);
    CHECK(parse_duration("1h30m") == 90min);
    CHECK(parse_duration("1.5s") == 1500ms);
    CHECK(parse_duration("-2m") == -2min);
    CHECK_FALSE(parse_duration("5x"));
    CHECK_FALSE(parse_duration(""));
    CHECK_FALSE(parse_duration("1m5"));
}

TEST_CASE("signals by name, number and offset") {
    CHECK(parse_signal("9") == 9);
    CHECK(parse_signal("KILL") == 9);
    CHECK(parse_signal("sigterm") == 15);
    CHECK(parse_signal("RTMIN+3") == 37);
    CHECK(parse_signal("RTMAX-1") == 63);
    CHECK_FALSE(parse_signal("0"));
    CHECK_FALSE(parse_signal("65"));
    CHECK_FALSE(parse_signal("NOSUCH"));
    CHECK(signal_name(37) == "SIGRTMIN+3");
    CHECK(signal_name(15) == "SIGTERM");
}

TEST_CASE("times survive a round trip and refuse rubbish") {
    const UnixNanos when = 1'763'774'365'123'456'000;
    CHECK(parse_time(rfc3339(when)) == when);
    CHECK(parse_time("2025-11-22T02:19:25.123456+01:00") == 1'763'774'365'123'456'000);
    CHECK(parse_time("1763774365.5") == 1'763'774'365'500'000'000);
    CHECK_FALSE(parse_time("yesterday"));
    CHECK(parse_time_or_ago("10s", 20'000'000'000) == 10'000'000'000);
}

TEST_CASE("quoting makes any bytes printable on one line") {
    CHECK(quote("a\"b\\c\n\x01") == "\"a\\\"b\\\\c\\n\\x01\"");
}

TEST_CASE("edit distance") {
    CHECK(edit_distance("inspect", "inpsect") == 2);
    CHECK(edit_distance("", "abc") == 3);
}
