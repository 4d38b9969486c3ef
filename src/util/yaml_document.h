#pragma once
/// YAML as JSON: for files that may be written in either.

#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace skiff {

/// The first document of `text`, at most 64 levels and 100,000 values (aliases count as what they stand for). Plain scalars are null,
/// true, false, numbers or strings as in YAML 1.2's core schema; keys are strings. Throws Error{Corrupt} naming `name`.
/// Source: YAML 1.2, 10.3 Core Schema.
nlohmann::json parse_yaml(std::string_view text, std::string_view name);

}  // namespace skiff
