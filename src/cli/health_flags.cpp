#include "cli/health_flags.h"

#include "cli/options.h"

namespace skiff::cli {

void add_health_options(CLI::App& command, libpod::HealthFlags& flags) {
    add_string(command, "--health-cmd,--healthcheck-command", flags.cmd, "COMMAND", "Command that says by its exit status whether the container is well");
    add_string(command, "--health-interval,--healthcheck-interval", flags.interval, "DURATION", "Time between two checks (default 30s), or disable");
    add_string(command, "--health-log-destination", flags.log_destination, "PLACE", "Where results are kept: local, events_logger or a directory");
    add_uint(command, "--health-max-log-count", flags.max_log_count, "COUNT", "How many results are kept (default 5), 0 for all");
    add_uint(command, "--health-max-log-size", flags.max_log_size, "CHARACTERS", "How much of a result's output is kept (default 500), 0 for all");
    add_string(command, "--health-on-failure", flags.on_failure, "ACTION", "What an unhealthy container gets: none, kill, restart or stop");
    add_uint(command, "--health-retries,--healthcheck-retries", flags.retries, "COUNT", "Failures in a row that mean unhealthy (default 3)");
    add_string(command, "--health-start-period,--healthcheck-start-period", flags.start_period, "DURATION", "Time after the start in which failures do not count");
    add_string(command, "--health-startup-cmd", flags.startup_cmd, "COMMAND", "Check that has to pass before the other one begins");
    add_string(command, "--health-startup-interval", flags.startup_interval, "DURATION", "Time between two startup checks (default 30s)");
    add_uint(command, "--health-startup-retries", flags.startup_retries, "COUNT", "Failed startup checks after which the container is started again");
    add_uint(command, "--health-startup-success", flags.startup_success, "COUNT", "Passed startup checks in a row that are needed (default 1)");
    add_string(command, "--health-startup-timeout", flags.startup_timeout, "DURATION", "Longest time for a startup check (default 30s)");
    add_string(command, "--health-timeout,--healthcheck-timeout", flags.timeout, "DURATION", "Longest time for a check (default 30s)");
    add_flag(command, "--no-healthcheck", flags.no_healthcheck, "Run no health check, whatever the image says");
}

}  // namespace skiff::cli
