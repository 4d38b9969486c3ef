#pragma once

#include <memory>

#include "cli/invocation.h"

namespace skiff::cli {

/// Opens the engine as the global options and `needs` want it.
std::unique_ptr<libpod::Runtime> open_runtime(const GlobalOptions& globals, Needs needs, bool docker_names = false);

}  // namespace skiff::cli
