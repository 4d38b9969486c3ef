#pragma once
/// -t, --time: seconds between the stop signal and SIGKILL.

#include <chrono>
#include <cstdint>
#include <optional>

namespace CLI {
class App;
}

namespace skiff::cli {

void add_stop_time(CLI::App& command, std::optional<std::int64_t>& seconds);

/// nullopt: the container's own; a negative number waits without end. Throws Error{Invalid} when out of range.
std::optional<std::chrono::seconds> stop_time(const std::optional<std::int64_t>& seconds);

}  // namespace skiff::cli
