#include "libpod/health.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "libpod/container_events.h"
#include "libpod/containers_conf.h"
#include "libpod/lifecycle.h"
#include "libpod/output_capture.h"
#include "libpod/parse/health.h"
#include "libpod/service_notify.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
/// What "without limit" means for the output of one check.
constexpr std::size_t kMostOutput = 1U << 20;

std::chrono::milliseconds in_milliseconds(std::int64_t nanos) {
    return std::chrono::milliseconds{(nanos + kMillisecond - 1) / kMillisecond};
}

/// Characters are kept whole.
std::string shortened(std::string text, std::uint32_t limit) {
    std::size_t length = std::min<std::size_t>(text.size(), limit == 0 ? kMostOutput : limit);
    while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
    text.resize(length);
    return text;
}

/// One run of the command. Not being able to start it is a result, too; the end of the container is not.
HealthResult run_once(Container& container, const std::vector<std::string>& test, std::int64_t timeout_ns, std::uint32_t limit) {
    HealthResult result;
    result.start = now_nanos();
    OutputCapture output{std::min<std::size_t>(kMostOutput, limit == 0 ? kMostOutput : limit + 4U)};
    std::string failure;
    bool timed_out = false;
    try {
        ExecOptions options;
        options.command = health_command(test);
        options.timeout = in_milliseconds(timeout_ns);
        options.is_probe = true;
        const RunOutcome outcome = container.exec(options, {.in = -1, .out = output.write_end(), .err = output.write_end()});
        result.exit_code = outcome.exit_code;
        timed_out = outcome.timed_out;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::CommandNotFound && error.kind() != ErrorKind::CannotExecute) throw;
        result.exit_code = error.kind() == ErrorKind::CommandNotFound ? 127 : 126;
        failure = error.what();
    }
    result.end = now_nanos();
    result.output = concat(output.take(), failure);
    if (timed_out) {
        result.exit_code = -1;
        result.output = concat("healthcheck command exceeded timeout of ", timeout_ns / kMillisecond, "ms\n", result.output);
    }
    result.output = shortened(std::move(result.output), limit);
    return result;
}

void write_log_file(const HealthConfig& config, const std::string& id, const HealthState& state) {
    const OrderedJson document{{"Status", state.status}, {"FailingStreak", state.failing_streak}, {"Log", parse_json(health_log_json(state.log), "a health log")}};
    try {
        const UniqueFd directory = open_directory(config.log_destination);
        replace_file_at(directory.get(), concat(id, "-healthcheck.log"), concat(dump(document), "\n"), 0600);
    } catch (const Error& error) {
        log::warn(concat("writing the health log of container ", id.substr(0, 12), ": ", error.what(), ", ignoring"));
    }
}

std::string event_details(const HealthState& state, const HealthResult& result, bool with_output) {
    Json details{{"health_status", state.status}, {"health_failing_streak", state.failing_streak}};
    if (with_output) details["health_log"] = result.output;
    return dump(details);
}

HealthConfig health_config_of(const ContainerRow& row) {
    if (row.config.find("\"supervision\"") == std::string::npos) return {};  // most have none, and are not parsed for it
    return read_config(row.config).supervision.health;
}

/// One transaction: a result that another command found meanwhile counts, too.
HealthChange record(const Container& container, const HealthConfig& config, const HealthResult& result, HealthState& state) {
    const auto& runtime = container.runtime();
    const auto global = runtime.step_lock();
    state::Transaction transaction{runtime.db()};
    const auto row = read_container(runtime.db(), container.id());
    if (!row) throw Error{ErrorKind::NotFound, concat("container ", quote(container.name()), " was removed meanwhile: no such container")};
    if (health_config_of(*row) != config) throw Error{ErrorKind::NotFound, concat("the check of container ", quote(container.name()), " was changed meanwhile")};
    state = read_health(runtime.db(), container.id()).value_or(HealthState{});
    const bool in_start_period = result.start < row->state.started_at + config.start_period_ns;
    const HealthChange change = take_result(config, state, result, in_start_period);
    write_health(runtime.db(), container.id(), state);
    const bool every = config.log_destination == "events_logger";
    if ((change.status_changed || every) && runtime.engine_config().healthcheck_events) {
        record_container_event(runtime.db(), container.id(), "health_status", event_details(state, result, every));
    }
    transaction.commit();
    runtime.forward_events();
    if (change.status_changed && state.status == "healthy") notify_service(*row, ServiceEvent::Healthy);
    return change;
}

void act(Container& container, HealthAction action) {
    switch (action) {
        case HealthAction::None: return;
        case HealthAction::Kill: return container.kill(SIGKILL);
        case HealthAction::Restart: return container.restart(std::nullopt);
        case HealthAction::Stop: container.stop(std::nullopt); return;
    }
}

/// A container that ends by itself at the same moment needs no action.
void act_on(Container& container, const HealthConfig& config, const HealthChange& change) {
    try {
        if (change.startup_gave_up) act(container, HealthAction::Restart);
        else if (change.turned_unhealthy) act(container, config.on_failure);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::WrongState && error.kind() != ErrorKind::NotFound) throw;
    }
}

const HealthConfig& check_of(const Container& container) {
    const HealthConfig& config = container.config().supervision.health;
    if (config.test.empty()) throw Error{ErrorKind::NotFound, concat("container ", quote(container.name()), " has no defined healthcheck")};
    return config;
}

/// For the monitor: how long until the next check. nullopt: none by itself.
void write_schedule(const Runtime& runtime, const std::string& id, std::optional<std::int64_t> delay_ns) {
    const UniqueFd directory = open_at_if_exists(AT_FDCWD, runtime.run_dir(id), O_RDONLY | O_DIRECTORY);
    if (!directory) return;
    if (delay_ns) replace_file_at(directory.get(), oci::monitor::kProbeName, concat(*delay_ns / kMillisecond, "\n"), 0600);
    else ::unlinkat(directory.get(), oci::monitor::kProbeName, 0);
}

std::optional<std::int64_t> interval_of(const HealthConfig& config, bool starting_up) {
    const std::int64_t interval = starting_up ? config.startup.interval_ns : config.interval_ns;
    return interval > 0 ? std::optional{interval} : std::nullopt;  // "disable"
}

bool is_running(const Container& container) { return container.state().state == State::Running; }

}  // namespace

std::string run_health_check(Container& container) {
    const HealthConfig config = check_of(container);
    if (!is_running(container)) {
        throw Error{ErrorKind::WrongState, concat("container ", quote(container.name()), " is ", shown_state(container.state().state), ", not running")};
    }
    auto state = read_health(container.runtime().db(), container.id()).value_or(HealthState{});
    const bool starting_up = is_starting_up(config, state);
    const HealthResult result = run_once(container, starting_up ? config.startup.test : config.test,
                                         starting_up ? config.startup.timeout_ns : config.timeout_ns, config.max_log_size);
    const HealthChange change = record(container, config, result, state);
    if (config.log_destination.starts_with('/')) write_log_file(config, container.id(), state);
    act_on(container, config, change);
    return state.status;
}

namespace {

/// The check met a container between two states: a long interval is no reason to wait for the next one.
void check_again_soon(Runtime& runtime, const std::string& id) {
    if (runtime.exists(id) && is_running(runtime.find(id))) write_schedule(runtime, id, 1'000'000'000);
}

}  // namespace

void probe_for_monitor(Runtime& runtime, const std::string& id) {
    try {
        Container container = runtime.find(id);
        const HealthConfig config = check_of(container);
        const bool before = is_starting_up(config, read_health(runtime.db(), id).value_or(HealthState{}));
        write_schedule(runtime, id, interval_of(config, before));
        if (!is_running(container)) return;  // paused, or about to end
        run_health_check(container);
        const bool passed = before && !is_starting_up(config, read_health(runtime.db(), id).value_or(HealthState{}));
        if (passed) write_schedule(runtime, id, 0);  // the check that it was waiting for
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound && error.kind() != ErrorKind::WrongState) throw;
        log::debug(concat("health check of container ", id, ": ", error.what(), ", ignoring"));
        check_again_soon(runtime, id);
    }
}

void begin_health(const state::Database& db, const ContainerRow& row) {
    if (health_config_of(row).test.empty()) return;
    write_health(db, row.id, HealthState{});
}

void schedule_health(const Runtime& runtime, const ContainerRow& row) {
    const HealthConfig config = health_config_of(row);
    const bool due = !config.test.empty() && interval_of(config, !config.startup.test.empty());
    write_schedule(runtime, row.id, due ? std::optional<std::int64_t>{0} : std::nullopt);
    if (const UniqueFd monitor = open_pidfd(row.state.monitor)) send_signal(monitor.get(), SIGCHLD);  // "look again"
}

std::string health_status(const Container& container) {
    const auto state = read_health(container.runtime().db(), container.id());
    return state ? state->status : std::string{};
}

}  // namespace skiff::libpod
