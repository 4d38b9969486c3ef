#pragma once
/// Trying credentials.

#include <string>

#include "image/registry/options.h"

namespace skiff::image::registry {

/// Asks `host` whether it takes `options.creds` (or has none asked for). Throws Error{Invalid} when it does not, and what
/// Session and Connection throw. In a worker process.
void try_login(const std::string& host, const Options& options);

}  // namespace skiff::image::registry
