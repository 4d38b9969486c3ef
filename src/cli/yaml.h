#pragma once

#include <string>

#include "util/json.h"

namespace skiff::cli {

/// A JSON document as block YAML, two spaces a level: what `info` prints for people. Strings that YAML could read as
/// something else are quoted. Source: YAML 1.2, 7.3 and 8.2.
std::string to_yaml(const OrderedJson& document);

}  // namespace skiff::cli
