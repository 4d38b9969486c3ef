#include "util/json_reader.h"

#include <charconv>

#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

template <typename Number>
std::optional<Number> whole(std::string_view text) {
    Number value{};
    const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string_view without_quotes(std::string_view raw) { return raw.substr(1, raw.size() - 2); }

std::string unescaped(std::string_view raw, std::string_view name) { return parse_json(raw, name).get<std::string>(); }

}  // namespace

void JsonReader::fail() const { throw Error{ErrorKind::Corrupt, concat(name_, " is not valid JSON")}; }

char JsonReader::peek() {
    while (at_ != end_ && is_space(*at_)) ++at_;
    if (at_ == end_) fail();
    return *at_;
}

JsonReader::Kind JsonReader::kind() {
    switch (peek()) {
        case '{': return Kind::Object;
        case '[': return Kind::Array;
        case '"': return Kind::String;
        case 't':
        case 'f': return Kind::Boolean;
        case 'n': return Kind::Null;
        default: return Kind::Number;
    }
}

void JsonReader::open(char bracket) {
    if (peek() != bracket) fail();
    ++at_;
}

bool JsonReader::next_element(char close, bool first) {
    const char next = peek();
    if (next == close) {
        ++at_;
        return false;
    }
    if (first) return true;
    if (next != ',') fail();
    ++at_;
    return true;
}

std::string_view JsonReader::raw_string(bool& escaped) {
    if (peek() != '"') fail();
    const char* const begin = at_++;
    for (; at_ != end_; ++at_) {
        if (*at_ == '"') return {begin, ++at_};
        if (*at_ != '\\') continue;
        escaped = true;
        if (++at_ == end_) fail();
    }
    fail();
}

std::string_view JsonReader::key(std::string& storage) {
    bool escaped = false;
    std::string_view raw = raw_string(escaped);
    if (peek() != ':') fail();
    ++at_;
    if (!escaped) return without_quotes(raw);
    storage = unescaped(raw, name_);
    return storage;
}

std::string_view JsonReader::raw_scalar() {
    peek();
    const char* const begin = at_;
    while (at_ != end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && !is_space(*at_)) ++at_;
    if (at_ == begin) fail();
    return {begin, at_};
}

std::string JsonReader::string() {
    bool escaped = false;
    const std::string_view raw = raw_string(escaped);
    return escaped ? unescaped(raw, name_) : std::string{without_quotes(raw)};
}

bool JsonReader::boolean() {
    const std::string_view word = raw_scalar();
    if (word != "true" && word != "false") fail();
    return word == "true";
}

std::optional<std::int64_t> JsonReader::signed_integer() { return whole<std::int64_t>(raw_scalar()); }

std::optional<std::uint64_t> JsonReader::unsigned_integer() { return whole<std::uint64_t>(raw_scalar()); }

void JsonReader::skip() {
    bool escaped = false;
    std::size_t depth = 0;
    do {
        switch (peek()) {
            case '{':
            case '[':
                ++depth;
                ++at_;
                break;
            case '}':
            case ']':
                if (depth-- == 0) fail();
                ++at_;
                break;
            case ',':
            case ':':
                if (depth == 0) fail();
                ++at_;
                break;
            case '"': raw_string(escaped); break;
            default:
                // "1:" is no scalar, but within what nobody asks for it does not matter either.
                raw_scalar();
        }
    } while (depth != 0);
}

void JsonReader::end() {
    while (at_ != end_ && is_space(*at_)) ++at_;
    if (at_ != end_) fail();
}

}  // namespace skiff
