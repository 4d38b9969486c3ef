#include "util/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "util/text.h"

namespace skiff {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string fraction_of(UnixNanos when, bool always_nine) {
    const std::int64_t nanos = ((when % kSecond) + kSecond) % kSecond;
    if (nanos == 0 && !always_nine) return "";
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), ".%09lld", static_cast<long long>(nanos));
    std::string out{text.data()};
    if (!always_nine) out.erase(out.find_last_not_of('0') + 1);
    return out;
}

std::time_t seconds_of(UnixNanos when) {
    return static_cast<std::time_t>(when >= 0 ? when / kSecond : (when - kSecond + 1) / kSecond);
}

std::string formatted(const std::tm& parts, const char* format) {
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), format, &parts);
    return text.data();
}

}  // namespace

UnixNanos now_nanos() {
    std::timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<UnixNanos>(now.tv_sec) * kSecond + now.tv_nsec;
}

std::string rfc3339(UnixNanos when) {
    const std::time_t seconds = seconds_of(when);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return formatted(parts, "%Y-%m-%dT%H:%M:%S") + fraction_of(when, false) + "Z";
}

std::string rfc3339_local(UnixNanos when) {
    const std::time_t seconds = seconds_of(when);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    if (parts.tm_gmtoff == 0) return rfc3339(when);
    std::string zone = formatted(parts, "%z");
    zone.insert(3, ":");
    return formatted(parts, "%Y-%m-%dT%H:%M:%S") + fraction_of(when, false) + zone;
}

std::string go_time(UnixNanos when) {
    const std::time_t seconds = seconds_of(when);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return formatted(parts, "%Y-%m-%d %H:%M:%S") + fraction_of(when, false) + formatted(parts, " %z %Z");
}

namespace {

std::optional<UnixNanos> parse_fraction(std::string_view digits) {
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    std::string padded{digits};
    padded.append(9 - padded.size(), '0');
    return parse_int(padded);
}

std::optional<UnixNanos> parse_epoch_seconds(std::string_view text) {
    const auto point = text.find('.');
    const auto seconds = parse_int(text.substr(0, point));
    if (!seconds || *seconds > 9'000'000'000 || *seconds < -9'000'000'000) return std::nullopt;
    if (point == std::string_view::npos) return *seconds * kSecond;
    const auto fraction = parse_fraction(text.substr(point + 1));
    if (!fraction) return std::nullopt;
    return *seconds * kSecond + *fraction;
}

/// Consumes "Z", "+hh:mm" or "-hhmm"; nullopt when it is none of them.
std::optional<std::int64_t> parse_zone(std::string_view text) {
    if (text == "Z" || text == "z") return 0;
    if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const auto hours = parse_int(text.substr(1, 2));
    const auto minutes = parse_int(text.substr(text[3] == ':' ? 4 : 3));
    if (!hours || !minutes) return std::nullopt;
    return (text[0] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

}  // namespace

std::optional<UnixNanos> parse_time(std::string_view text) {
    if (const auto seconds = parse_epoch_seconds(text)) return seconds;
    const std::string owned{text};
    std::tm parts{};
    const char* rest = nullptr;
    for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        parts = {};
        rest = ::strptime(owned.c_str(), format, &parts);
        if (rest != nullptr) break;
    }
    if (rest == nullptr) return std::nullopt;
    std::string_view tail{rest};
    UnixNanos fraction = 0;
    if (tail.starts_with('.')) {
        const auto end = std::min(tail.find_first_not_of("0123456789", 1), tail.size());
        const auto parsed = parse_fraction(tail.substr(1, end - 1));
        if (!parsed) return std::nullopt;
        fraction = *parsed;
        tail.remove_prefix(end);
    }
    if (tail.empty()) {
        parts.tm_isdst = -1;
        return static_cast<UnixNanos>(::mktime(&parts)) * kSecond + fraction;
    }
    if (tail.starts_with(' ')) tail.remove_prefix(1);
    const auto offset = parse_zone(tail.substr(0, tail.find(' ')));
    if (!offset) return std::nullopt;
    return (static_cast<UnixNanos>(::timegm(&parts)) - *offset) * kSecond + fraction;
}

std::optional<UnixNanos> parse_time_or_ago(std::string_view text, UnixNanos now) {
    if (const auto when = parse_time(text)) return when;
    const auto ago = parse_duration(text);
    if (!ago) return std::nullopt;
    return now - ago->count();
}

std::optional<UnixNanos> parse_time_or_ahead(std::string_view text, UnixNanos now) {
    if (const auto span = parse_duration(text); span && !parse_int(text)) return now + span->count();
    return parse_time_or_ago(text, now);
}

}  // namespace skiff
