#pragma once
/// A JSON document as lines that can be compared one by one.

#include <string>
#include <vector>

#include "util/json.h"

namespace skiff::libpod {

struct ConfigLine {
    std::string key;    ///< "process.user.uid", "mounts[]"
    std::string value;  ///< a text as it is, anything else as JSON
};

/// Objects are taken apart to their leaves, lists into elements. A filter of system calls is one line: its number of rules.
std::vector<ConfigLine> lines_of(const Json& document);

}  // namespace skiff::libpod
