#include "libpod/health_state.h"

#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

std::vector<HealthResult> log_from_json(const std::string& text) {
    std::vector<HealthResult> log;
    for (const auto& entry : parse_json(text, "a health log")) {
        log.push_back({parse_time(string_or(entry, "Start")).value_or(0), parse_time(string_or(entry, "End")).value_or(0),
                       static_cast<int>(int_or(entry, "ExitCode")), string_or(entry, "Output")});
    }
    return log;
}

HealthChange take_startup_result(const StartupCheck& check, HealthState& state, bool passed) {
    state.startup_successes = passed ? state.startup_successes + 1 : 0;
    state.startup_failures = passed ? 0 : state.startup_failures + 1;
    if (state.startup_successes >= static_cast<int>(check.successes)) state.startup_passed = true;
    return {.startup_gave_up = check.retries > 0 && state.startup_failures >= static_cast<int>(check.retries)};
}

}  // namespace

bool is_starting_up(const HealthConfig& config, const HealthState& state) { return !config.startup.test.empty() && !state.startup_passed; }

HealthChange take_result(const HealthConfig& config, HealthState& state, const HealthResult& result, bool in_start_period) {
    const bool passed = result.exit_code == 0;
    const std::string before = state.status;
    state.log.push_back(result);
    if (config.max_log_count > 0 && state.log.size() > config.max_log_count) {
        state.log.erase(state.log.begin(), state.log.end() - static_cast<std::ptrdiff_t>(config.max_log_count));
    }
    if (is_starting_up(config, state)) return take_startup_result(config.startup, state, passed);
    if (passed) {
        state.status = "healthy";
        state.failing_streak = 0;
    } else if (!in_start_period) {
        ++state.failing_streak;
        if (state.failing_streak >= static_cast<int>(config.retries)) state.status = "unhealthy";
    }
    return {.status_changed = state.status != before, .turned_unhealthy = state.status != before && state.status == "unhealthy"};
}

std::optional<HealthState> read_health(const state::Database& db, std::string_view container_id) {
    auto row = db.prepare("SELECT status, failing_streak, startup_passed, startup_successes, startup_failures, log FROM health WHERE container_id = ?");
    row.bind(container_id);
    if (!row.step()) return std::nullopt;
    return HealthState{row.text(0),
                       static_cast<int>(row.integer(1)),
                       row.integer(2) != 0,
                       static_cast<int>(row.integer(3)),
                       static_cast<int>(row.integer(4)),
                       log_from_json(row.text(5))};
}

void write_health(const state::Database& db, std::string_view container_id, const HealthState& state) {
    db.prepare("INSERT OR REPLACE INTO health (container_id, status, failing_streak, startup_passed, startup_successes, startup_failures, log) "
               "VALUES (?,?,?,?,?,?,?)")
        .bind(container_id)
        .bind(state.status)
        .bind(state.failing_streak)
        .bind(state.startup_passed)
        .bind(state.startup_successes)
        .bind(state.startup_failures)
        .bind(health_log_json(state.log))
        .run();
}

void delete_health(const state::Database& db, std::string_view container_id) {
    db.prepare("DELETE FROM health WHERE container_id = ?").bind(container_id).run();
}

std::map<std::string, std::string> read_health_statuses(const state::Database& db) {
    auto rows = db.prepare("SELECT container_id, status FROM health");
    std::map<std::string, std::string> statuses;
    while (rows.step()) statuses.emplace(rows.text(0), rows.text(1));
    return statuses;
}

std::string health_log_json(const std::vector<HealthResult>& log) {
    OrderedJson list = OrderedJson::array();
    for (const auto& result : log) {
        list.push_back({{"Start", rfc3339(result.start)}, {"End", rfc3339(result.end)}, {"ExitCode", result.exit_code}, {"Output", result.output}});
    }
    return dump(list);
}

}  // namespace skiff::libpod
