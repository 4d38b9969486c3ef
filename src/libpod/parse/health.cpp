#include "libpod/parse/health.h"

#include <sys/stat.h>

#include "libpod/parse/refuse.h"
#include "util/json.h"

namespace skiff::libpod {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// "none" is an empty test.
std::vector<std::string> parse_test(std::string_view flag, const std::string& text) {
    if (text.empty()) refuse(flag, text, "is empty", "a command line, a JSON array of words, or none");
    if (text == "none") return {};
    if (!trim(text).starts_with('[')) return {"CMD-SHELL", text};
    const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!document.is_array()) return {"CMD-SHELL", text};  // `[ -f /ready ]` is a command too
    std::vector<std::string> words;
    for (const auto& word : document) {
        if (!word.is_string()) refuse(flag, text, "has an element that is not a string", "a JSON array of words");
        words.push_back(word.get<std::string>());
    }
    if (words.empty() || words.front() == "NONE") return {};
    if (words.front() != "CMD" && words.front() != "CMD-SHELL") words.insert(words.begin(), "CMD");
    if (words.size() < 2) refuse(flag, text, "names no command");
    return words;
}

std::int64_t parse_span(std::string_view flag, const std::string& text, std::int64_t least_ns) {
    const auto span = parse_duration(text);
    if (!span) refuse(flag, text, "is not a duration", "30s, 1m30s, 500ms");
    if (span->count() < least_ns) refuse(flag, text, least_ns > 0 ? "is shorter than a second" : "is negative");
    return span->count();
}

std::int64_t parse_interval(std::string_view flag, const std::string& text) {
    return text == "disable" ? 0 : parse_span(flag, text, 0);
}

HealthAction parse_action(const std::string& text) {
    if (text == "none") return HealthAction::None;
    if (text == "kill") return HealthAction::Kill;
    if (text == "restart") return HealthAction::Restart;
    if (text == "stop") return HealthAction::Stop;
    refuse("--health-on-failure", text, "is no action", "none, kill, restart or stop");
}

std::string parse_destination(const std::string& text) {
    if (text == "local" || text == "events_logger") return text;
    struct stat info {};
    if (!text.starts_with('/')) refuse("--health-log-destination", text, "is not known", "local, events_logger or an absolute directory");
    if (::stat(text.c_str(), &info) != 0) throw SystemError{errno, concat("--health-log-destination ", quote(text))};
    if (!S_ISDIR(info.st_mode)) refuse("--health-log-destination", text, "is not a directory");
    return clean_absolute("--health-log-destination", text);
}

void apply_startup(const HealthFlags& flags, StartupCheck& check) {
    if (flags.startup_cmd) check.test = parse_test("--health-startup-cmd", *flags.startup_cmd);
    if (flags.startup_interval) check.interval_ns = parse_interval("--health-startup-interval", *flags.startup_interval);
    if (flags.startup_timeout) check.timeout_ns = parse_span("--health-startup-timeout", *flags.startup_timeout, kSecond);
    if (flags.startup_retries) check.retries = *flags.startup_retries;
    if (flags.startup_success) check.successes = std::max<std::uint32_t>(1, *flags.startup_success);
    const bool said = flags.startup_interval || flags.startup_timeout || flags.startup_retries || flags.startup_success;
    if (said && check.test.empty()) throw Error{ErrorKind::Invalid, "--health-startup-interval, -retries, -success and -timeout need --health-startup-cmd"};
}

void require_check(const HealthFlags& flags, const HealthConfig& health) {
    if (!health.test.empty()) return;
    const bool checks = flags.interval || flags.timeout || flags.start_period || flags.retries || flags.on_failure || flags.startup_cmd;
    if (checks) throw Error{ErrorKind::Invalid, "health options are given, but there is no check that they would be for", "give --health-cmd"};
}

}  // namespace

bool HealthFlags::any() const {
    return cmd || interval || timeout || start_period || on_failure || log_destination || retries || max_log_count || max_log_size ||
           startup_cmd || startup_interval || startup_timeout || startup_retries || startup_success || no_healthcheck;
}

HealthConfig apply_health_flags(const HealthFlags& flags, const HealthConfig& base) {
    HealthConfig health = base;
    if (flags.no_healthcheck) {
        HealthFlags others = flags;
        others.no_healthcheck = false;
        if (others.any()) throw Error{ErrorKind::Invalid, "--no-healthcheck and other health options exclude each other"};
        health.test.clear();
        health.startup = {};
        health.on_failure = HealthAction::None;
        return health;
    }
    if (flags.cmd) health.test = parse_test("--health-cmd", *flags.cmd);
    if (flags.interval) health.interval_ns = parse_interval("--health-interval", *flags.interval);
    if (flags.timeout) health.timeout_ns = parse_span("--health-timeout", *flags.timeout, kSecond);
    if (flags.start_period) health.start_period_ns = parse_span("--health-start-period", *flags.start_period, 0);
    if (flags.retries) health.retries = *flags.retries;
    if (flags.retries && health.retries == 0) refuse("--health-retries", "0", "must be greater than 0");
    if (flags.on_failure) health.on_failure = parse_action(*flags.on_failure);
    if (flags.log_destination) health.log_destination = parse_destination(*flags.log_destination);
    if (flags.max_log_count) health.max_log_count = *flags.max_log_count;
    if (flags.max_log_size) health.max_log_size = *flags.max_log_size;
    apply_startup(flags, health.startup);
    require_check(flags, health);
    return health;
}

HealthConfig health_of_image(std::string_view healthcheck_json) {
    HealthConfig health;
    if (healthcheck_json.empty()) return health;
    const Json document = parse_json(healthcheck_json, "the image's Healthcheck");
    health.test = strings_or_empty(document, "Test");
    if (health.test.size() < 2 || health.test.front() == "NONE") health.test.clear();
    const auto positive = [&](const char* key, std::int64_t fallback) {
        const auto value = int_or(document, key);
        return value > 0 ? value : fallback;
    };
    health.interval_ns = positive("Interval", health.interval_ns);
    health.timeout_ns = positive("Timeout", health.timeout_ns);
    health.start_period_ns = positive("StartPeriod", 0);
    health.retries = static_cast<std::uint32_t>(positive("Retries", health.retries));
    return health;
}

std::vector<std::string> health_command(const std::vector<std::string>& test) {
    if (test.size() < 2) return {};
    if (test.front() == "CMD-SHELL") return {"/bin/sh", "-c", test[1]};
    return {test.begin() + 1, test.end()};
}

}  // namespace skiff::libpod
