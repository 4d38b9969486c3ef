#pragma once
/// How the parsers of option values say no.

#include <string>
#include <string_view>

#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {

/// Throws Error{Invalid} "WHAT "value": why", with the grammar as hint. `what` is the flag or the file.
[[noreturn]] inline void refuse(std::string_view what, std::string_view value, std::string_view why,
                                std::string_view grammar = {}) {
    std::string hint = grammar.empty() ? std::string{} : concat("expected ", grammar);
    throw Error{ErrorKind::Invalid, concat(what, " ", quote(value), ": ", why), std::move(hint)};
}

/// True when `text` is not empty and every byte is in `allowed`.
inline bool consists_of(std::string_view text, std::string_view allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}
inline bool has_control_characters(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
    }
    return false;
}

inline constexpr std::string_view kDigits = "0123456789";
inline constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Lexically clean absolute path: no "//", "/./", "/../", no trailing slash. Links are not looked at.
/// Throws through refuse() when it is not absolute, holds NUL, or climbs above the root.
std::string clean_absolute(std::string_view what, std::string_view path);

/// `path`, or `current_directory`/`path` when relative, lexically clean.
std::string absolute_host_path(std::string_view path, std::string_view current_directory);

/// Go's strconv.ParseBool words.
bool parse_bool(std::string_view what, std::string_view text);

}  // namespace skiff::libpod
