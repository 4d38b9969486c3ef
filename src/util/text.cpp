#include "util/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

namespace skiff {

std::string quote(std::string_view text) {
    std::string out{"\""};
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
            out += escape.data();
        } else {
            out += c;
        }
    }
    return out += '"';
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::optional<std::pair<std::string, std::string>> split_once(std::string_view text, char separator) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return std::nullopt;
    return std::pair{std::string{text.substr(0, at)}, std::string{text.substr(at + 1)}};
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (const auto& part : parts) {
        if (&part != &parts.front()) out += separator;
        out += part;
    }
    return out;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool is_hex(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

namespace {
template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}
}  // namespace

std::optional<std::int64_t> parse_int(std::string_view text) { return parse_whole<std::int64_t>(text); }
std::optional<std::uint64_t> parse_uint(std::string_view text) { return parse_whole<std::uint64_t>(text); }
std::optional<double> parse_double(std::string_view text) {
    const auto value = parse_whole<double>(text);
    return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    const auto unit_at = text.find_first_not_of("0123456789.");
    const auto number = parse_double(text.substr(0, unit_at));
    if (!number || text.front() == '.') return std::nullopt;
    std::string unit = unit_at == std::string_view::npos ? "" : lower(text.substr(unit_at));
    if (unit.size() == 3 && unit.ends_with("ib")) unit.resize(1);
    if (unit.size() == 2 && unit.ends_with("b")) unit.resize(1);
    constexpr std::string_view kUnits = "bkmgtp";
    const auto power = unit.empty() ? 0 : kUnits.find(unit);
    if (unit.size() > 1 || power == std::string_view::npos) return std::nullopt;
    const double bytes = *number * std::pow(1024.0, static_cast<double>(power));
    if (bytes >= 9.2e18) return std::nullopt;
    return static_cast<std::int64_t>(bytes);
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    static constexpr std::array<std::pair<std::string_view, double>, 7> kUnits{
        {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
    double total = 0;
    while (!text.empty()) {
        const auto unit_at = std::min(text.find_first_not_of("0123456789."), text.size());
        const auto number = parse_double(text.substr(0, unit_at));
        if (!number) return std::nullopt;
        text.remove_prefix(unit_at);
        const auto unit_end = std::min(text.find_first_of("0123456789."), text.size());
        const auto unit = text.substr(0, unit_end);
        text.remove_prefix(unit_end);
        if (unit.empty()) {  // a bare number of seconds stands alone
            if (total != 0 || !text.empty()) return std::nullopt;
            total = *number * 1e9;
            break;
        }
        const auto* found = std::find_if(kUnits.begin(), kUnits.end(), [&](auto& u) { return u.first == unit; });
        if (found == kUnits.end()) return std::nullopt;
        total += *number * found->second;
    }
    if (total >= 9.2e18) return std::nullopt;
    const auto count = static_cast<std::int64_t>(std::llround(total));
    return std::chrono::nanoseconds{negative ? -count : count};
}

namespace {
std::string scaled(double value, double base, const std::array<const char*, 6>& units) {
    std::size_t unit = 0;
    while (value >= base && unit + 1 < units.size()) {
        value /= base;
        ++unit;
    }
    std::array<char, 48> out{};
    std::snprintf(out.data(), out.size(), "%.4g%s", value, units[unit]);
    return out.data();
}
}  // namespace

std::string human_size(std::int64_t bytes) {
    return scaled(static_cast<double>(bytes), 1000.0, {"B", "kB", "MB", "GB", "TB", "PB"});
}

std::string human_size_binary(std::int64_t bytes) {
    return scaled(static_cast<double>(bytes), 1024.0, {"B", "KiB", "MiB", "GiB", "TiB", "PiB"});
}

std::string human_duration(std::chrono::seconds span) {
    const auto seconds = span.count();
    const auto minutes = seconds / 60;
    const auto hours = (seconds + 1800) / 3600;
    if (seconds < 1) return "Less than a second";
    if (seconds == 1) return "1 second";
    if (seconds < 60) return concat(seconds, " seconds");
    if (minutes == 1) return "About a minute";
    if (minutes < 60) return concat(minutes, " minutes");
    if (hours == 1) return "About an hour";
    if (hours < 48) return concat(hours, " hours");
    if (hours < 24 * 7 * 2) return concat(hours / 24, " days");
    if (hours < 24 * 30 * 2) return concat(hours / 24 / 7, " weeks");
    if (hours < 24 * 365 * 2) return concat(hours / 24 / 30, " months");
    return concat(hours / 24 / 365, " years");
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row.back();
}

}  // namespace skiff
