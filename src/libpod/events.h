#pragma once
/// Waiting for events, and handing them on to a file or the journal.

#include <chrono>

#include "libpod/runtime.h"
#include "state/event.h"
#include "util/fd.h"

namespace skiff::libpod {

/// Wakes when a command has written to the database. The watch is on the write-ahead log's directory: inotify(7) opens no
/// file, which SQLite would not bear, and writers need not know that somebody listens.
class EventWatch {
public:
    explicit EventWatch(const Runtime& runtime);
    /// Waits until there may be new events, until `until` (wall clock), or until `reader` (a descriptor whose other end was
    /// closed, -1: none) is gone. False in the last two cases.
    bool wait(std::optional<UnixNanos> until, int reader);

private:
    bool drain();

    UniqueFd inotify_;
    int looks_left_ = 0;
};

/// What containers.conf calls events_logger. The rows are kept in any case.
enum class EventMirror { None, File, Journal };
/// Throws Error{Invalid} for another word than file, journald or none; "" is None.
EventMirror parse_event_mirror(std::string_view word);

/// Hands this process's events since the last call on to the mirror that is configured. Failing is passed over: the rows
/// are there.
class EventForwarder {
public:
    /// `since`: when this process opened the database.
    EventForwarder(const Runtime& runtime, UnixNanos since);
    void forward();

private:
    const Runtime& runtime_;
    EventMirror mirror_;
    UnixNanos since_;
    std::int64_t last_ = 0;
};

}  // namespace skiff::libpod
