#pragma once
/// --health-* of create, run and update.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libpod/supervision.h"

namespace skiff::libpod {

/// As they stand on the command line, named after their flags. Unset: not said.
struct HealthFlags {
    std::optional<std::string> cmd, interval, timeout, start_period, on_failure, log_destination;
    std::optional<std::uint32_t> retries, max_log_count, max_log_size;
    std::optional<std::string> startup_cmd, startup_interval, startup_timeout;
    std::optional<std::uint32_t> startup_retries, startup_success;
    bool no_healthcheck = false;

    /// True when anything was said.
    bool any() const;
};

/// `base` (the image's check, or what a container has) with what was said. Throws Error{Invalid} for a malformed value, for
/// --no-healthcheck beside others, and for an option without the check that it would be for.
HealthConfig apply_health_flags(const HealthFlags& flags, const HealthConfig& base);

/// The check that an image's config asks for ("Healthcheck", as JSON); members that are absent or 0 get the defaults.
/// Source: Docker image specification v1.2, Healthcheck.
HealthConfig health_of_image(std::string_view healthcheck_json);

/// The command that runs `test` inside: "CMD" words, or "CMD-SHELL" and a line for /bin/sh.
std::vector<std::string> health_command(const std::vector<std::string>& test);

}  // namespace skiff::libpod
