#include "oci/monitor/log_reader.h"

namespace skiff::oci::monitor {
namespace {

/// Reads `count` digits at `at`; -1 when one is none.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar; years counted from March, so that the leap day is last.
std::int64_t days_from_civil(int year, int month, int day) {
    const int shifted = month <= 2 ? year - 1 : year;
    const int era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    const int year_of_era = shifted - era * 400;
    const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return std::int64_t{era} * 146097 + day_of_era - 719468;
}

/// The fraction after the point at `at`; moves `at` behind it. -1 when malformed.
std::int64_t fraction(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '.') return 0;
    std::int64_t nanos = 0;
    int seen = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++seen) {
        if (seen < 9) nanos = nanos * 10 + (text[at] - '0');
    }
    if (seen == 0) return -1;
    for (; seen < 9; ++seen) nanos *= 10;
    return nanos;
}

/// Seconds east of UTC of "Z" or "+hh:mm" at `at`, which must be all that is left.
std::optional<int> zone(std::string_view text, std::size_t at) {
    if (at + 1 == text.size() && text[at] == 'Z') return 0;
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return std::nullopt;
    const int hours = digits(text, at + 1, 2);
    const int minutes = digits(text, at + 4, 2);
    if (hours < 0 || minutes < 0) return std::nullopt;
    return (text[at] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<UnixNanos> parse_log_time(std::string_view text) {
    constexpr std::size_t kFractionAt = 19;
    if (text.size() <= kFractionAt || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') {
        return std::nullopt;
    }
    const int year = digits(text, 0, 4);
    const int month = digits(text, 5, 2);
    const int day = digits(text, 8, 2);
    const int hour = digits(text, 11, 2);
    const int minute = digits(text, 14, 2);
    const int second = digits(text, 17, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
    std::size_t at = kFractionAt;
    const std::int64_t nanos = fraction(text, at);
    const auto east = zone(text, at);
    if (nanos < 0 || !east) return std::nullopt;
    const std::int64_t seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - *east;
    return seconds * 1'000'000'000 + nanos;
}

}  // namespace skiff::oci::monitor
