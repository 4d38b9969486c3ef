#include "util/json.h"

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

template class nlohmann::basic_json<>;
template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace skiff {
namespace {

constexpr int kMaxJsonDepth = 128;

[[noreturn]] void wrong_type(const char* key, const char* wanted) {
    throw Error{ErrorKind::Corrupt, concat("JSON member ", quote(key), " is not ", wanted)};
}

/// Of the brackets in `text`, those in strings left out. Ahead of the parser: a callback in it costs it half its speed.
int depth_of(std::string_view text) {
    int depth = 0;
    int deepest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') in_string = !in_string;
        else if (in_string && c == '\\') ++i;
        else if (!in_string && (c == '{' || c == '[')) deepest = std::max(deepest, ++depth);
        else if (!in_string && (c == '}' || c == ']')) --depth;
    }
    return deepest;
}

}  // namespace

Json parse_json(std::string_view text, std::string_view name) {
    if (depth_of(text) > kMaxJsonDepth) {
        throw Error{ErrorKind::Corrupt, concat(name, ": JSON nested deeper than ", kMaxJsonDepth, " levels")};
    }
    try {
        return Json::parse(text);
    } catch (const Json::exception& error) {
        throw Error{ErrorKind::Corrupt, concat(name, " is not valid JSON: ", quote(error.what()))};
    }
}

const Json* member(const Json& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string string_or(const Json& object, const char* key, std::string fallback) {
    const Json* value = member(object, key);
    if (value == nullptr) return fallback;
    if (!value->is_string()) wrong_type(key, "a string");
    return value->get<std::string>();
}

std::int64_t int_or(const Json& object, const char* key, std::int64_t fallback) {
    const Json* value = member(object, key);
    if (value == nullptr) return fallback;
    if (!value->is_number_integer()) wrong_type(key, "a whole number");
    return value->get<std::int64_t>();
}

bool bool_or(const Json& object, const char* key, bool fallback) {
    const Json* value = member(object, key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) wrong_type(key, "true or false");
    return value->get<bool>();
}

std::vector<std::string> strings_or_empty(const Json& object, const char* key) {
    const Json* value = member(object, key);
    std::vector<std::string> out;
    if (value == nullptr) return out;
    if (!value->is_array()) wrong_type(key, "a list of strings");
    for (const auto& element : *value) {
        if (!element.is_string()) wrong_type(key, "a list of strings");
        out.push_back(element.get<std::string>());
    }
    return out;
}

std::string dump(const Json& document, int indent) {
    return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string dump(const OrderedJson& document, int indent) {
    return document.dump(indent, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace skiff
