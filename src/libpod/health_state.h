#pragma once
/// What health checks have found: rows of the table `health`, and how one more result changes them.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/supervision.h"
#include "state/database.h"
#include "util/clock.h"

namespace skiff::libpod {

struct HealthResult {
    UnixNanos start = 0;
    UnixNanos end = 0;
    int exit_code = 0;   ///< -1: it took too long
    std::string output;  ///< its beginning
    bool operator==(const HealthResult&) const = default;
};

struct HealthState {
    std::string status = "starting";  ///< starting, healthy, unhealthy
    int failing_streak = 0;
    bool startup_passed = false;
    int startup_successes = 0;
    int startup_failures = 0;
    std::vector<HealthResult> log;    ///< oldest first
};

/// What follows from a result.
struct HealthChange {
    bool status_changed = false;
    bool turned_unhealthy = false;
    bool startup_gave_up = false;  ///< --health-startup-retries are used up: the container is to be started again
};

/// True while the startup check is the one to run.
bool is_starting_up(const HealthConfig& config, const HealthState& state);
/// Counts `result` of the check that is_starting_up() names. `in_start_period`: a failure does not count.
HealthChange take_result(const HealthConfig& config, HealthState& state, const HealthResult& result, bool in_start_period);

std::optional<HealthState> read_health(const state::Database& db, std::string_view container_id);
void write_health(const state::Database& db, std::string_view container_id, const HealthState& state);
void delete_health(const state::Database& db, std::string_view container_id);
/// Status by container ID, for listings.
std::map<std::string, std::string> read_health_statuses(const state::Database& db);

/// The log as inspect shows it.
std::string health_log_json(const std::vector<HealthResult>& log);

}  // namespace skiff::libpod
