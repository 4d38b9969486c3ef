#include "util/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "util/error.h"
#include "util/text.h"

namespace skiff::log {
namespace {

/// Made at first use, so that a command that logs nothing pays nothing.
spdlog::logger& logger() {
    static const auto instance = [] {
        auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_st>();
        auto made = std::make_shared<spdlog::logger>("skiff", std::move(sink));
        made->set_pattern("time=\"%Y-%m-%dT%H:%M:%S.%e%z\" level=%l pid=%P msg=\"%v\"");
        made->set_level(spdlog::level::warn);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum threshold = spdlog::level::warn;

bool keeping = false;
std::vector<std::string> kept;

void write(spdlog::level::level_enum level, std::string_view message) {
    if (level < threshold) return;
    logger().set_level(threshold);
    logger().log(level, spdlog::string_view_t{message.data(), message.size()});
}

}  // namespace

void set_level(std::string_view level) {
    const std::string name = lower(level);
    if (name == "trace") threshold = spdlog::level::trace;
    else if (name == "debug") threshold = spdlog::level::debug;
    else if (name == "info") threshold = spdlog::level::info;
    else if (name == "warn" || name == "warning") threshold = spdlog::level::warn;
    else if (name == "error") threshold = spdlog::level::err;
    else if (name == "fatal" || name == "panic") threshold = spdlog::level::critical;
    else throw Error{ErrorKind::Invalid, concat("log level ", quote(level), " is not supported"),
                     "choose from: trace, debug, info, warn, warning, error, fatal, panic"};
}

bool debug_enabled() noexcept { return threshold <= spdlog::level::debug; }

void debug(std::string_view message) { write(spdlog::level::debug, message); }
void info(std::string_view message) { write(spdlog::level::info, message); }
void error(std::string_view message) { write(spdlog::level::err, message); }

void warn(std::string_view message) {
    if (keeping) kept.emplace_back(message);
    else write(spdlog::level::warn, message);
}

void keep_warnings() { keeping = true; }
const std::vector<std::string>& kept_warnings() noexcept { return kept; }

}  // namespace skiff::log
