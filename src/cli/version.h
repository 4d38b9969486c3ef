#pragma once

#include <string>

#include "util/json.h"

namespace skiff::cli {

/// The object "Client" of `version`, and "version" of `info`.
OrderedJson version_document();
/// Go's name of this machine's architecture: "amd64".
std::string go_architecture();

}  // namespace skiff::cli
