#include "cli/format/go_time_value.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>

#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli::tmpl {
namespace {

constexpr std::string_view kZeroTime = "0001-01-01T00:00:00Z";  // before what UnixNanos can count
constexpr std::int64_t kZeroSeconds = -62135596800;
constexpr UnixNanos kNanos = 1'000'000'000;

constexpr std::string_view kTimeNames[] = {"CheckpointedAt", "Created", "CreatedAt", "FinishedAt", "RestoredAt", "StartedAt", "UpdatedAt"};

/// A word of Go's reference time and what strftime(3) calls it; longer ones first.
constexpr std::pair<std::string_view, const char*> kLayoutWords[] = {
    {"January", "%B"}, {"Monday", "%A"}, {"-0700", "%z"}, {"2006", "%Y"}, {"Jan", "%b"}, {"Mon", "%a"}, {"MST", "%Z"}, {"15", "%H"},
    {"01", "%m"},      {"02", "%d"},     {"03", "%I"},    {"04", "%M"},   {"05", "%S"},  {"06", "%y"},  {"_2", "%e"},  {"PM", "%p"},
    {"1", "%-m"},      {"2", "%-d"},     {"3", "%-I"},    {"4", "%-M"},   {"5", "%-S"},
};

struct Parts {
    std::int64_t seconds = kZeroSeconds;
    std::int64_t nanos = 0;
    std::tm local{};
};

Parts parts_of(std::string_view text, bool utc) {
    Parts parts;
    if (text != kZeroTime) {
        const UnixNanos when = parse_time(text).value_or(0);
        parts.nanos = ((when % kNanos) + kNanos) % kNanos;
        parts.seconds = (when - parts.nanos) / kNanos;
    }
    const std::time_t seconds = parts.seconds;
    if (!utc && text != kZeroTime) {
        ::localtime_r(&seconds, &parts.local);
        return parts;
    }
    ::gmtime_r(&seconds, &parts.local);
    parts.local.tm_zone = "UTC";  // the C library's name for it is GMT
    return parts;
}

std::string shown(const std::tm& time, const char* format) {
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &time)};
}

std::string offset_with_colon(const std::tm& time) {
    std::string offset = shown(time, "%z");
    if (offset.size() == 5) offset.insert(3, ":");
    return offset;
}

/// ".000" keeps zeros, ".999" drops them; the number of digits is that of the layout.
std::string fraction(std::string_view layout, std::int64_t nanos) {
    std::string digits = std::to_string(nanos);
    digits.insert(0, 9 - digits.size(), '0');
    digits.resize(std::min<std::size_t>(layout.size() - 1, 9));
    if (layout[1] == '9') digits.erase(digits.find_last_not_of('0') + 1);
    return digits.empty() ? std::string{} : concat(".", digits);
}

std::size_t fraction_length(std::string_view layout) {
    if (layout.size() < 2 || layout[0] != '.' || (layout[1] != '0' && layout[1] != '9')) return 0;
    return std::min(layout.find_first_not_of(layout[1], 1), layout.size());
}

std::string formatted_time(const Parts& parts, std::string_view layout) {
    std::string out;
    while (!layout.empty()) {
        if (const std::size_t length = fraction_length(layout); length != 0) {
            out += fraction(layout.substr(0, length), parts.nanos);
            layout.remove_prefix(length);
            continue;
        }
        if (layout.starts_with("Z07:00") || layout.starts_with("-07:00")) {
            out += layout.front() == 'Z' && parts.local.tm_gmtoff == 0 ? "Z" : offset_with_colon(parts.local);
            layout.remove_prefix(6);
            continue;
        }
        const auto word = std::find_if(std::begin(kLayoutWords), std::end(kLayoutWords), [&](const auto& known) { return layout.starts_with(known.first); });
        const bool known = word != std::end(kLayoutWords);
        out += known ? shown(parts.local, word->second) : std::string{layout.substr(0, 1)};
        layout.remove_prefix(known ? word->first.size() : 1);
    }
    return out;
}

std::optional<OrderedJson> number_method(const Parts& parts, std::string_view name) {
    const std::tm& local = parts.local;
    if (name == "Unix") return parts.seconds;
    if (name == "UnixMilli") return parts.seconds * 1000 + parts.nanos / 1'000'000;
    if (name == "UnixNano") return parts.seconds * kNanos + parts.nanos;
    if (name == "Year") return local.tm_year + 1900;
    if (name == "Month") return shown(local, "%B");
    if (name == "Day") return local.tm_mday;
    if (name == "Hour") return local.tm_hour;
    if (name == "Minute") return local.tm_min;
    if (name == "Second") return local.tm_sec;
    return std::nullopt;
}

}  // namespace

bool is_time(std::string_view key, std::string_view text) {
    if (std::find(std::begin(kTimeNames), std::end(kTimeNames), key) == std::end(kTimeNames)) return false;
    return text.size() >= kZeroTime.size() && text[4] == '-' && text[10] == 'T' && (text == kZeroTime || parse_time(text));
}

std::string go_time_text(std::string_view rfc3339) {
    if (rfc3339 == kZeroTime) return "0001-01-01 00:00:00 +0000 UTC";
    return go_time(parse_time(rfc3339).value_or(0));
}

std::optional<OrderedJson> time_method(std::string_view rfc3339, std::string_view name, std::span<const OrderedJson> arguments) {
    const bool format = name == "Format";
    if (format && (arguments.size() != 1 || !arguments[0].is_string())) throw Error{ErrorKind::Invalid, "Format wants one layout"};
    if (!format && !arguments.empty()) throw Error{ErrorKind::Invalid, concat(name, " takes no arguments")};
    if (format) return formatted_time(parts_of(rfc3339, false), arguments[0].get_ref<const std::string&>());
    if (name == "String" || name == "Local") return go_time_text(rfc3339);
    if (name == "UTC") return formatted_time(parts_of(rfc3339, true), "2006-01-02 15:04:05.999999999 -0700 MST");
    if (name == "IsZero") return rfc3339 == kZeroTime;
    return number_method(parts_of(rfc3339, false), name);
}

}  // namespace skiff::cli::tmpl
