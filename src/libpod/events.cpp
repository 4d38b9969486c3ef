#include "libpod/events.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "libpod/containers_conf.h"
#include "libpod/event_text.h"
#include "util/error.h"
#include "util/files.h"
#include "util/journal.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// A writer's frames are in the log a moment before its commit can be seen: looking once is not enough.
constexpr std::array kPauses{1, 10, 100, 1000};  // milliseconds, in this order

int milliseconds_until(std::optional<UnixNanos> until) {
    if (!until) return -1;
    return static_cast<int>(std::clamp<UnixNanos>((*until - now_nanos()) / 1'000'000 + 1, 0, 3'600'000));
}

}  // namespace

EventWatch::EventWatch(const Runtime& runtime) : inotify_{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)} {
    if (!inotify_) throw SystemError{errno, "waiting for events"};
    const fs::path& root = runtime.options().root;
    if (::inotify_add_watch(inotify_.get(), root.c_str(), IN_MODIFY | IN_CREATE) < 0) {
        throw SystemError{errno, concat("watching ", quote(root.native()))};
    }
}

/// True when the write-ahead log was written to.
bool EventWatch::drain() {
    alignas(inotify_event) std::array<char, 4096> buffer;
    bool written = false;
    for (ssize_t got; (got = ::read(inotify_.get(), buffer.data(), buffer.size())) > 0;) {
        for (ssize_t at = 0; at < got;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
            written = written || (event->len > 0 && std::string_view{event->name}.ends_with("-wal"));
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        }
    }
    return written;
}

bool EventWatch::wait(std::optional<UnixNanos> until, int reader) {
    for (;;) {
        const int left = milliseconds_until(until);
        if (left == 0) return false;
        const int pause = looks_left_ == 0 ? -1 : kPauses[kPauses.size() - static_cast<std::size_t>(looks_left_)];
        std::array<pollfd, 2> entries{{{inotify_.get(), POLLIN, 0}, {reader, 0, 0}}};
        const int timeout = pause < 0 ? left : left < 0 ? pause : std::min(left, pause);
        const int ready = ::poll(entries.data(), entries.size(), timeout);
        if (ready < 0 && errno != EINTR) throw SystemError{errno, "waiting for events"};
        if ((entries[1].revents & (POLLERR | POLLNVAL)) != 0) return false;
        if (drain()) {
            looks_left_ = static_cast<int>(kPauses.size());
            return true;
        }
        if (ready == 0 && pause >= 0 && timeout == pause) {
            --looks_left_;
            return true;
        }
    }
}

EventMirror parse_event_mirror(std::string_view word) {
    if (word.empty() || word == "none") return EventMirror::None;
    if (word == "file") return EventMirror::File;
    if (word == "journald") return EventMirror::Journal;
    throw Error{ErrorKind::Invalid, concat("events_logger: there is no ", quote(word)), "file, journald or none"};
}

namespace {

/// Two files at most: the current one and the one before it.
void append_to_file(const Runtime& runtime, const std::string& lines) {
    const auto& config = runtime.engine_config();
    const fs::path file = config.events_logfile_path.empty() ? runtime.options().runroot / "events" / "events.log" : fs::path{config.events_logfile_path};
    const UniqueFd directory = make_directory(file.parent_path(), 0700);
    const std::string name = file.filename();
    const UniqueFd log = open_at(directory.get(), name, O_WRONLY | O_CREAT | O_APPEND, 0600);
    write_all(log.get(), lines, file.native());
    struct stat status {};
    const auto limit = parse_size(config.events_logfile_max_size).value_or(1'000'000);
    if (limit > 0 && ::fstat(log.get(), &status) == 0 && status.st_size > limit) {
        ::renameat(directory.get(), name.c_str(), directory.get(), concat(name, ".1").c_str());
    }
}

void send(const Event& event) {
    const auto& row = event.row;
    JournalFields fields{{"MESSAGE", event_line(event, /*in_full=*/true)},
                         {"PRIORITY", "6"},
                         {"SYSLOG_IDENTIFIER", "skiff"},
                         {"PODMAN_EVENT", row.action},
                         {"PODMAN_TYPE", row.type},
                         {"PODMAN_ID", row.actor_id},
                         {"PODMAN_NAME", row.name},
                         {"PODMAN_TIME", rfc3339(row.at)},
                         {"PODMAN_IMAGE", event.image()}};
    if (const auto code = event.exit_code()) fields.emplace_back("PODMAN_EXIT_CODE", std::to_string(*code));
    if (!event.health_status().empty()) fields.emplace_back("PODMAN_HEALTH_STATUS", event.health_status());
    if (!event.labels.empty()) fields.emplace_back("PODMAN_LABELS", dump(event.labels));
    if (!send_to_journal(fields)) log::debug(concat("the journal does not take the event ", row.action, " of ", row.name, ", ignoring"));
}

}  // namespace

EventForwarder::EventForwarder(const Runtime& runtime, UnixNanos since)
    : runtime_{runtime}, mirror_{parse_event_mirror(runtime.engine_config().events_logger)}, since_{since} {}

void EventForwarder::forward() {
    if (mirror_ == EventMirror::None) return;
    try {
        std::string lines;
        for (auto& row : state::read_own_events(runtime_.db(), last_, since_)) {
            last_ = row.seq;
            const Event event = parse_event(std::move(row));
            if (mirror_ == EventMirror::Journal) send(event);
            else lines += concat(dump(event_json(event)), "\n");
        }
        if (!lines.empty()) append_to_file(runtime_, lines);
    } catch (const Error& error) {
        log::warn(concat("passing events on: ", error.what(), ", ignoring"));
    }
}

}  // namespace skiff::libpod
