#pragma once
/// Strings: putting together, taking apart, numbers and sizes as users write them.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace skiff {

namespace detail {
inline void append_part(std::string& out, std::string_view part) { out.append(part); }
inline void append_part(std::string& out, const char* part) { out.append(part); }
inline void append_part(std::string& out, char part) { out.push_back(part); }
template <typename Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, char>)
void append_part(std::string& out, Number part) {
    out.append(std::to_string(part));
}
}  // namespace detail

/// One string from strings, characters and numbers.
template <typename... Parts>
std::string concat(const Parts&... parts) {
    std::string out;
    (detail::append_part(out, parts), ...);
    return out;
}

/// `text` in double quotes with control characters, quotes and backslashes escaped: safe to print in
/// an error line whatever an image or a user wrote.
std::string quote(std::string_view text);

std::vector<std::string> split(std::string_view text, char separator);
/// At the first `separator`: {before, after}; nullopt when there is none.
std::optional<std::pair<std::string, std::string>> split_once(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
bool is_hex(std::string_view text);

/// A whole decimal number, nothing around it; nullopt for anything else or out of range.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<std::uint64_t> parse_uint(std::string_view text);
std::optional<double> parse_double(std::string_view text);

/// A size in bytes as docker and podman take it: "512", "64k", "1.5g", "10MiB", "3MB"; binary units
/// whatever the spelling (b k m g t p). nullopt when malformed or over 2^63-1.
std::optional<std::int64_t> parse_size(std::string_view text);

/// A Go duration ("1h30m", "10s", "1.5s", "500ms") or a bare number of seconds; may be negative.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "1.23GB": decimal units, at most four significant digits, as podman's listings.
std::string human_size(std::int64_t bytes);
/// "12.5MiB": binary units.
std::string human_size_binary(std::int64_t bytes);
/// "3 minutes", "About an hour", "2 weeks": the words of docker and podman for a span.
std::string human_duration(std::chrono::seconds span);

/// Edit distance, for "did you mean".
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace skiff
