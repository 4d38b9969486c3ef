#pragma once
/// Go string literals and runes. Source: The Go Programming Language Specification, "String literals";
/// package strconv, Quote. Private to the template engine.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skiff::cli::tmpl {

/// What stands between the quotes, escapes resolved; nullopt for an escape Go does not have.
std::optional<std::string> go_unquote(std::string_view text);
/// `text` as a Go string literal with its quotes (%q).
std::string go_quote(std::string_view text);

/// Characters; an invalid byte counts as one.
std::size_t rune_count(std::string_view text);
/// The code point `text` begins with; U+FFFD for an invalid byte. `text` is not empty.
std::uint32_t first_rune(std::string_view text);
/// Bytes of the character `text` begins with; 1 for an invalid byte.
std::size_t rune_size(std::string_view text);
/// At most `count` characters from the front.
std::string_view first_runes(std::string_view text, std::size_t count);
void append_rune(std::string& out, std::uint32_t rune);

}  // namespace skiff::cli::tmpl
