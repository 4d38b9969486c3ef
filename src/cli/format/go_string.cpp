#include "cli/format/go_string.h"

#include <array>
#include <cstdio>

namespace skiff::cli::tmpl {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr std::uint32_t kLastRune = 0x10FFFF;

struct Rune {
    std::uint32_t value;
    std::size_t size;
};

unsigned char byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

Rune decode(std::string_view text) {
    const unsigned char lead = byte_at(text, 0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {kReplacement, 1};
    std::uint32_t value = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte_at(text, i) & 0xC0U) != 0x80) return {kReplacement, 1};
        value = (value << 6) | (byte_at(text, i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < kSmallest[size] || value > kLastRune || surrogate) return {kReplacement, 1};
    return {value, size};
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
}

/// `count` digits of `base` from `at`, which moves behind them.
std::optional<std::uint32_t> take_digits(std::string_view text, std::size_t& at, int count, int base) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i, ++at) {
        if (at >= text.size() || digit(text[at]) >= base) return std::nullopt;
        value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit(text[at]));
    }
    return value;
}

std::optional<char> simple_escape(char c) {
    switch (c) {
        case 'a': return '\a';
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'v': return '\v';
        case '\\':
        case '\'':
        case '"': return c;
        default: return std::nullopt;
    }
}

/// The escape whose letter is at `at`, which moves behind it. False when there is no such escape.
bool append_escape(std::string& out, std::string_view text, std::size_t& at) {
    const char kind = text[at];
    if (const auto simple = simple_escape(kind)) {
        out.push_back(*simple);
        ++at;
        return true;
    }
    const bool octal = kind >= '0' && kind <= '7';
    const int count = octal ? 3 : kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    if (count == 0) return false;
    at += octal ? 0 : 1;
    const auto value = take_digits(text, at, count, octal ? 8 : 16);
    if (!value || *value > (count <= 3 ? 0xFFU : kLastRune)) return false;
    if (count <= 3) out.push_back(static_cast<char>(*value));
    else append_rune(out, *value);
    return true;
}

void append_quoted_rune(std::string& out, std::string_view bytes, Rune rune) {
    constexpr std::string_view kEscaped = "\a\b\f\n\r\t\v\\\"";
    constexpr std::string_view kLetters = "abfnrtv\\\"";
    std::array<char, 16> text{};
    if (const auto found = kEscaped.find(bytes[0]); found != std::string_view::npos) {
        out += {'\\', kLetters[found]};
    } else if (rune.value == kReplacement && rune.size == 1) {
        std::snprintf(text.data(), text.size(), "\\x%02x", byte_at(bytes, 0));
        out += text.data();
    } else if (rune.value < 0x20 || rune.value == 0x7F) {
        std::snprintf(text.data(), text.size(), "\\x%02x", rune.value);
        out += text.data();
    } else if (rune.value < 0xA0 && rune.value > 0x7F) {
        std::snprintf(text.data(), text.size(), "\\u%04x", rune.value);
        out += text.data();
    } else {
        out += bytes;
    }
}

}  // namespace

std::optional<std::string> go_unquote(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '\\') {
            out.push_back(text[at++]);
            continue;
        }
        if (++at >= text.size() || !append_escape(out, text, at)) return std::nullopt;
    }
    return out;
}

std::string go_quote(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const Rune rune = decode(text);
        append_quoted_rune(out, text.substr(0, rune.size), rune);
        text.remove_prefix(rune.size);
    }
    return out + '"';
}

std::size_t rune_count(std::string_view text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count) text.remove_prefix(decode(text).size);
    return count;
}

std::uint32_t first_rune(std::string_view text) { return decode(text).value; }
std::size_t rune_size(std::string_view text) { return decode(text).size; }

std::string_view first_runes(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    for (; count > 0 && end < text.size(); --count) end += decode(text.substr(end)).size;
    return text.substr(0, end);
}

void append_rune(std::string& out, std::uint32_t rune) {
    if (rune > kLastRune || (rune >= 0xD800 && rune <= 0xDFFF)) rune = kReplacement;
    const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80U | ((rune >> shift) & 0x3FU))); };
    if (rune < 0x80) {
        out.push_back(static_cast<char>(rune));
    } else if (rune < 0x800) {
        out.push_back(static_cast<char>(0xC0U | (rune >> 6)));
        tail(0);
    } else if (rune < 0x10000) {
        out.push_back(static_cast<char>(0xE0U | (rune >> 12)));
        tail(6);
        tail(0);
    } else {
        out.push_back(static_cast<char>(0xF0U | (rune >> 18)));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace skiff::cli::tmpl
