#pragma once
/// Structs to and from JSON by a table of named members, so that each field is listed once. Reading goes from the text
/// straight into the struct: a listing reads a thousand of them.
///
/// A struct takes part by a `constexpr auto fields_of(const T*)` giving std::tuple of Field. Members equal to their default
/// are not written; absent ones keep it. Enums take part by `words_of(const E*)`: a table of word and value.

#include <array>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "util/error.h"
#include "util/json.h"
#include "util/json_reader.h"
#include "util/text.h"

namespace skiff::libpod::json_fields {

template <typename Struct, typename Member>
struct Field {
    std::string_view name;
    Member Struct::*member;
};
template <typename Struct, typename Member>
Field(const char*, Member Struct::*) -> Field<Struct, Member>;

template <typename Enum>
using Word = std::pair<std::string_view, Enum>;

template <typename T>
concept HasFields = requires(const T* t) { fields_of(t); };
template <typename T>
concept HasWords = std::is_enum_v<T>;

// All overloads are declared first: each calls the others for the members.
Json encode(const std::string& value);
template <std::integral Number>
Json encode(Number value);
template <HasWords Enum>
Json encode(Enum value);
template <HasFields Struct>
Json encode(const Struct& value);
template <typename T>
Json encode(const std::optional<T>& value);
template <typename T>
Json encode(const std::vector<T>& list);
template <typename T>
Json encode(const std::map<std::string, T>& table);

void decode(JsonReader& json, std::string_view key, std::string& out);
template <std::integral Number>
void decode(JsonReader& json, std::string_view key, Number& out);
template <HasWords Enum>
void decode(JsonReader& json, std::string_view key, Enum& out);
template <HasFields Struct>
void decode(JsonReader& json, std::string_view key, Struct& out);
template <typename T>
void decode(JsonReader& json, std::string_view key, std::optional<T>& out);
template <typename T>
void decode(JsonReader& json, std::string_view key, std::vector<T>& out);
template <typename T>
void decode(JsonReader& json, std::string_view key, std::map<std::string, T>& out);

[[noreturn]] inline void wrong(std::string_view key, std::string_view wanted) {
    throw Error{ErrorKind::Corrupt, concat("stored configuration: ", quote(key), " is not ", wanted)};
}

inline Json encode(const std::string& value) { return value; }
template <std::integral Number>
Json encode(Number value) {
    if constexpr (std::is_same_v<Number, char>) return std::string(1, value);
    else return value;
}
template <HasWords Enum>
Json encode(Enum value) {
    for (const auto& [word, candidate] : words_of(static_cast<const Enum*>(nullptr))) {
        if (candidate == value) return std::string{word};
    }
    return nullptr;
}
template <HasFields Struct>
Json encode(const Struct& value) {
    static const Struct kDefault{};
    Json out = Json::object();
    std::apply(
        [&](const auto&... field) {
            (..., (value.*field.member == kDefault.*field.member
                       ? void()
                       : static_cast<void>(out[std::string{field.name}] = encode(value.*field.member))));
        },
        fields_of(static_cast<const Struct*>(nullptr)));
    return out;
}
template <typename T>
Json encode(const std::optional<T>& value) {
    return value ? encode(*value) : Json{};
}
template <typename T>
Json encode(const std::vector<T>& list) {
    Json out = Json::array();
    for (const auto& element : list) out.push_back(encode(element));
    return out;
}
template <typename T>
Json encode(const std::map<std::string, T>& table) {
    Json out = Json::object();
    for (const auto& [key, value] : table) out[key] = encode(value);
    return out;
}

template <typename Number, typename Wide>
Number whole_in_range(const std::optional<Wide>& value, std::string_view key) {
    if (!value || !std::in_range<Number>(*value)) wrong(key, "a whole number in range");
    return static_cast<Number>(*value);
}

inline void expect(JsonReader& json, JsonReader::Kind kind, std::string_view key, std::string_view wanted) {
    if (json.kind() != kind) wrong(key, wanted);
}

inline void decode(JsonReader& json, std::string_view key, std::string& out) {
    expect(json, JsonReader::Kind::String, key, "a string");
    out = json.string();
}
template <std::integral Number>
void decode(JsonReader& json, std::string_view key, Number& out) {
    if constexpr (std::is_same_v<Number, char>) {
        std::string text;
        decode(json, key, text);
        if (text.size() != 1) wrong(key, "one character");
        out = text[0];
    } else if constexpr (std::is_same_v<Number, bool>) {
        expect(json, JsonReader::Kind::Boolean, key, "true or false");
        out = json.boolean();
    } else {
        expect(json, JsonReader::Kind::Number, key, "a whole number");
        if constexpr (std::is_signed_v<Number>) out = whole_in_range<Number>(json.signed_integer(), key);
        else out = whole_in_range<Number>(json.unsigned_integer(), key);
    }
}
template <HasWords Enum>
void decode(JsonReader& json, std::string_view key, Enum& out) {
    std::string text;
    decode(json, key, text);
    for (const auto& [word, value] : words_of(static_cast<const Enum*>(nullptr))) {
        if (word == text) {
            out = value;
            return;
        }
    }
    wrong(key, "a known word");
}
template <HasFields Struct>
void decode(JsonReader& json, std::string_view key, Struct& out) {
    static constexpr auto kFields = fields_of(static_cast<const Struct*>(nullptr));
    expect(json, JsonReader::Kind::Object, key, "an object");
    json.object([&](std::string_view name) {
        if (json.kind() == JsonReader::Kind::Null) return json.skip();
        const auto take = [&](const auto& field) {
            if (field.name != name) return false;
            decode(json, field.name, out.*field.member);
            return true;
        };
        const bool known = std::apply([&](const auto&... field) { return (take(field) || ...); }, kFields);
        if (!known) json.skip();
    });
}
template <typename T>
void decode(JsonReader& json, std::string_view key, std::optional<T>& out) {
    T value{};
    decode(json, key, value);
    out = std::move(value);
}
template <typename T>
void decode(JsonReader& json, std::string_view key, std::vector<T>& out) {
    expect(json, JsonReader::Kind::Array, key, "a list");
    out.clear();
    json.array([&] { decode(json, key, out.emplace_back()); });
}
template <typename T>
void decode(JsonReader& json, std::string_view key, std::map<std::string, T>& out) {
    expect(json, JsonReader::Kind::Object, key, "an object");
    out.clear();
    json.object([&](std::string_view name) { decode(json, key, out[std::string{name}]); });
}

/// A whole document. `name` is what errors call it.
template <HasFields Struct>
Struct decode_document(std::string_view text, std::string_view name) {
    JsonReader json{text, name};
    Struct out;
    decode(json, name, out);
    json.end();
    return out;
}

}  // namespace skiff::libpod::json_fields
