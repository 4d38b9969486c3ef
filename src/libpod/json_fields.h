#pragma once
/// Structs to and from JSON by a table of named members, so that each field is listed once.
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
#include "util/text.h"

namespace skiff::libpod::json_fields {

template <typename Struct, typename Member>
struct Field {
    const char* name;
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

void decode(const Json& json, const char* key, std::string& out);
template <std::integral Number>
void decode(const Json& json, const char* key, Number& out);
template <HasWords Enum>
void decode(const Json& json, const char* key, Enum& out);
template <HasFields Struct>
void decode(const Json& json, const char* key, Struct& out);
template <typename T>
void decode(const Json& json, const char* key, std::optional<T>& out);
template <typename T>
void decode(const Json& json, const char* key, std::vector<T>& out);
template <typename T>
void decode(const Json& json, const char* key, std::map<std::string, T>& out);

[[noreturn]] inline void wrong(const char* key, std::string_view wanted) {
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
                       : static_cast<void>(out[field.name] = encode(value.*field.member))));
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

inline void decode(const Json& json, const char* key, std::string& out) {
    if (!json.is_string()) wrong(key, "a string");
    out = json.get_ref<const std::string&>();
}
template <std::integral Number>
void decode(const Json& json, const char* key, Number& out) {
    if constexpr (std::is_same_v<Number, char>) {
        if (!json.is_string() || json.get_ref<const std::string&>().size() != 1) wrong(key, "one character");
        out = json.get_ref<const std::string&>()[0];
    } else if constexpr (std::is_same_v<Number, bool>) {
        if (!json.is_boolean()) wrong(key, "true or false");
        out = json.get<bool>();
    } else {
        if (!json.is_number_integer()) wrong(key, "a whole number");
        const bool fits = json.is_number_unsigned() ? std::in_range<Number>(json.get<std::uint64_t>())
                                                    : std::in_range<Number>(json.get<std::int64_t>());
        if (!fits) wrong(key, "in range");
        out = json.get<Number>();
    }
}
template <HasWords Enum>
void decode(const Json& json, const char* key, Enum& out) {
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
void decode(const Json& json, const char* key, Struct& out) {
    if (!json.is_object()) wrong(key, "an object");
    const auto take = [&](const auto& field) {
        if (const Json* value = skiff::member(json, field.name)) decode(*value, field.name, out.*field.member);
    };
    std::apply([&](const auto&... field) { (take(field), ...); }, fields_of(static_cast<const Struct*>(nullptr)));
}
template <typename T>
void decode(const Json& json, const char* key, std::optional<T>& out) {
    T value{};
    decode(json, key, value);
    out = std::move(value);
}
template <typename T>
void decode(const Json& json, const char* key, std::vector<T>& out) {
    if (!json.is_array()) wrong(key, "a list");
    out.clear();
    for (const auto& element : json) decode(element, key, out.emplace_back());
}
template <typename T>
void decode(const Json& json, const char* key, std::map<std::string, T>& out) {
    if (!json.is_object()) wrong(key, "an object");
    out.clear();
    for (const auto& [name, value] : json.items()) decode(value, key, out[name]);
}

}  // namespace skiff::libpod::json_fields
