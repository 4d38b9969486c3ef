#include "util/json.h"

#include "util/error.h"
#include "util/text.h"

template class nlohmann::basic_json<>;
template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace skiff {
namespace {

constexpr int kMaxDepth = 128;

[[noreturn]] void wrong_type(const char* key, const char* wanted) {
    throw Error{ErrorKind::Corrupt, concat("JSON member ", quote(key), " is not ", wanted)};
}

}  // namespace

Json parse_json(std::string_view text, std::string_view name) {
    const auto depth_guard = [&](int depth, Json::parse_event_t, Json&) {
        if (depth > kMaxDepth) throw Error{ErrorKind::Corrupt, concat(name, ": JSON nested deeper than ", kMaxDepth, " levels")};
        return true;
    };
    try {
        return Json::parse(text, depth_guard);
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
