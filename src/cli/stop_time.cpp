#include "cli/stop_time.h"

#include "cli/options.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

void add_stop_time(CLI::App& command, std::optional<std::int64_t>& seconds) {
    add_int(command, "-t,--time,--timeout", seconds, "SECONDS",
            "Time between the stop signal and SIGKILL; -1 waits without end (default: the container's, 10)");
}

std::optional<std::chrono::seconds> stop_time(const std::optional<std::int64_t>& seconds) {
    constexpr std::int64_t kWithoutEnd = std::int64_t{100} * 365 * 24 * 3600;
    if (!seconds) return std::nullopt;
    if (*seconds > kWithoutEnd) throw Error{ErrorKind::Invalid, concat("--time: ", *seconds, " seconds are too many")};
    return std::chrono::seconds{*seconds < 0 ? kWithoutEnd : *seconds};
}

}  // namespace skiff::cli
