#include "libpod/memory_events.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

std::string readable_or_empty(std::string path) { return ::access(path.c_str(), R_OK) == 0 ? path : std::string{}; }

}  // namespace

std::string memory_events_of(pid_t pid) {
    const auto lines = read_file_if_exists_at(AT_FDCWD, concat("/proc/", pid, "/cgroup"));
    if (!lines) return {};
    for (const auto& line : split(*lines, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 3 || fields[2] == "/") continue;
        const auto controllers = split(fields[1], ',');
        if (std::find(controllers.begin(), controllers.end(), "memory") != controllers.end()) {
            return readable_or_empty(concat("/sys/fs/cgroup/memory", fields[2], "/memory.oom_control"));
        }
        if (fields[0] == "0") {
            auto events = readable_or_empty(concat("/sys/fs/cgroup", fields[2], "/memory.events"));
            if (!events.empty()) return events;
        }
    }
    return {};
}

}  // namespace skiff::libpod
