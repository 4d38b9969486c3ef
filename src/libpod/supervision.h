#pragma once
/// How a running container is watched: health checks and notification. Values as stored; units in the names.
/// Source: podman-run(1), --health-*, --sdnotify.

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::libpod {

/// What happens when a check turns a container unhealthy.
enum class HealthAction { None, Kill, Restart, Stop };

/// Until it has passed, the check that follows is not run and the container is "starting".
struct StartupCheck {
    std::vector<std::string> test;           ///< as HealthConfig::test; empty: there is no such check
    std::int64_t interval_ns = 30'000'000'000;
    std::int64_t timeout_ns = 30'000'000'000;
    std::uint32_t retries = 0;               ///< failures after which the container is started again; 0: never
    std::uint32_t successes = 1;             ///< how many in a row are a pass
    bool operator==(const StartupCheck&) const = default;
};

struct HealthConfig {
    std::vector<std::string> test;           ///< "CMD", then words, or "CMD-SHELL" and a line; empty: there is no check
    std::int64_t interval_ns = 30'000'000'000;  ///< 0: only when asked for ("disable")
    std::int64_t timeout_ns = 30'000'000'000;
    std::int64_t start_period_ns = 0;        ///< after the start, in which failures do not count
    std::uint32_t retries = 3;               ///< failures in a row that make a container unhealthy
    HealthAction on_failure = HealthAction::None;
    StartupCheck startup;
    std::string log_destination = "local";   ///< local, events_logger, or a directory of the host
    std::uint32_t max_log_count = 5;         ///< 0: without limit
    std::uint32_t max_log_size = 500;        ///< characters of one result's output; 0: without limit
    bool operator==(const HealthConfig&) const = default;
};

struct Supervision {
    HealthConfig health;
    std::string sdnotify = "ignore";         ///< container, conmon, healthy, ignore
    bool operator==(const Supervision&) const = default;
};

}  // namespace skiff::libpod
