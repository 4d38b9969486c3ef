#pragma once

#include <string>

#include "libpod/container_config.h"

namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

/// Prints each line of the configuration and of the OCI configuration with its origin. `format`: empty, json or a template.
void print_explanation(const libpod::Runtime& runtime, const libpod::ContainerConfig& config, const std::string& format);

}  // namespace skiff::cli
