#include "oci/monitor/oom_watch.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <filesystem>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

UniqueFd watch_events_file(const fs::path& path) {
    UniqueFd events{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (events && ::inotify_add_watch(events.get(), path.c_str(), IN_MODIFY) < 0) events.reset();
    return events;
}

/// v1: "<eventfd> <fd of memory.oom_control>" written to cgroup.event_control of the same cgroup.
UniqueFd watch_oom_control(const fs::path& path) {
    UniqueFd events{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    const UniqueFd control = open_at_if_exists(AT_FDCWD, path, O_RDONLY);
    const UniqueFd registry = open_at_if_exists(AT_FDCWD, path.parent_path() / "cgroup.event_control", O_WRONLY);
    if (!events || !control || !registry) return {};
    const std::string line = concat(events.get(), " ", control.get());
    if (::write(registry.get(), line.data(), line.size()) < 0) return {};
    return events;
}

UniqueFd watch(const fs::path& path) {
    return path.filename() == "memory.oom_control" ? watch_oom_control(path) : watch_events_file(path);
}

}  // namespace

OomWatch::OomWatch(const std::string& path) : path_{path} {
    if (path_.empty()) return;
    try {
        events_ = watch(path_);
    } catch (const Error&) {
        events_.reset();  // read at the end then
    }
    before_ = count();
}

std::uint64_t OomWatch::count() const {
    try {
        const auto text = read_file_if_exists_at(AT_FDCWD, path_, 4096);
        if (!text) return 0;
        for (const auto& line : split(*text, '\n')) {
            const auto words = split(line, ' ');
            if (words.size() == 2 && words[0] == "oom_kill") return parse_uint(words[1]).value_or(0);
        }
    } catch (const Error&) {
        // ENODEV: the cgroup went while it was read
    }
    return 0;
}

void OomWatch::refresh() {
    char drained[4096];
    while (events_ && ::read(events_.get(), drained, sizeof drained) > 0) {
    }
    if (!path_.empty() && count() > before_) killed_ = true;
}

}  // namespace skiff::oci::monitor
