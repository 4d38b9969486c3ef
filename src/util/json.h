#pragma once
/// nlohmann/json with the few readers that hostile documents need. Headers that only name the type
/// include <nlohmann/json_fwd.hpp>.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Instantiated once, in json.cpp: every other source would compile the same members again.
extern template class nlohmann::basic_json<>;
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace skiff {

using Json = nlohmann::json;
/// Keeps the order of insertion: for output that people read.
using OrderedJson = nlohmann::ordered_json;

/// Parses a document of at most 128 levels. Throws Error{Corrupt} naming `name`.
Json parse_json(std::string_view text, std::string_view name);

/// Member readers: absent or null gives the fallback; a wrong type throws Error{Corrupt} naming the key.
std::string string_or(const Json& object, const char* key, std::string fallback = {});
std::int64_t int_or(const Json& object, const char* key, std::int64_t fallback = 0);
bool bool_or(const Json& object, const char* key, bool fallback = false);
std::vector<std::string> strings_or_empty(const Json& object, const char* key);
/// The member, or nullptr when absent or null.
const Json* member(const Json& object, const char* key);

/// The document as text, with invalid UTF-8 replaced rather than refused.
std::string dump(const Json& document, int indent = -1);
std::string dump(const OrderedJson& document, int indent = -1);

}  // namespace skiff
