#pragma once
/// --health-*, --no-healthcheck: what create, run and update share.

#include "libpod/parse/health.h"

namespace CLI {
class App;
}

namespace skiff::cli {

void add_health_options(CLI::App& command, libpod::HealthFlags& flags);

}  // namespace skiff::cli
