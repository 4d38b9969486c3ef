#include <doctest/doctest.h>

#include "cli/progress_bars.h"

using namespace skiff;
using cli::ProgressBars;
using image::BlobProgress;

namespace {

const std::string kFirst = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const std::string kSecond = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

}  // namespace

TEST_CASE("progress bars: a step is a line that others can tell from text") {
    const auto line = image::progress_line({kFirst, 5, 10});
    const auto parsed = image::parse_progress(line);
    REQUIRE(parsed);
    CHECK(parsed->digest == kFirst);
    CHECK(parsed->have_bytes == 5);
    CHECK(parsed->size_bytes == 10);
    CHECK_FALSE(image::parse_progress("Copying blob sha256:11 5 10"));
    CHECK_FALSE(image::parse_progress(""));
}

TEST_CASE("progress bars: size, speed and time left in one line that does not wrap") {
    const auto text = cli::bar_text({kFirst, 50'000'000, 100'000'000}, 10'000'000, 200);
    CHECK(text == "Copying blob sha256:111111111111 [============>           ] 50MB / 100MB 10MB/s 5s");
    CHECK(cli::bar_text({kFirst, 50'000'000, 100'000'000}, 10'000'000, 40).size() == 39);
    CHECK(cli::bar_text({kFirst, 0, 0}, 0, 200).find("[========================]") != std::string::npos);
}

TEST_CASE("progress bars: drawn over in place, gone at the end, below lines") {
    ProgressBars bars;
    const ProgressBars::Clock::time_point now{};
    CHECK(bars.line("Trying", now, 80) == "Trying\n");
    const auto one = bars.update({kFirst, 1, 10}, now, 80);
    CHECK(one.find("\033[") == std::string::npos);
    CHECK(one.find("sha256:111111111111") != std::string::npos);
    const auto two = bars.update({kSecond, 1, 10}, now, 80);
    CHECK(two.starts_with("\r\033[1A\033[J"));
    const auto line = bars.line("Copying config", now, 80);
    CHECK(line.starts_with("\r\033[2A\033[JCopying config\n"));
    CHECK(line.find("sha256:222222222222") != std::string::npos);
    const auto ended = bars.update({kFirst, 10, 10}, now, 80);
    CHECK(ended.find("sha256:111111111111") == std::string::npos);
    CHECK(bars.update({kSecond, 10, 10}, now, 80) == "\r\033[1A\033[J");
}
