#pragma once
/// Reads back what a monitor logged (`logs`): across rotated files, from the end, following.
/// Formats: k8s-file ("TIME stdout|stderr F|P text") and json-file (docker's).
///
/// Takes no lock: the monitor only appends, and rotates by rename. Memory is bounded by the longest record.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "util/clock.h"

namespace skiff::oci::monitor {

namespace fs = std::filesystem;

enum class LogStream { Stdout, Stderr };

/// One record. Views are valid during the call only.
struct LogRecord {
    LogStream stream = LogStream::Stdout;
    std::string_view time;   ///< RFC 3339 as stored; parse_log_time() for the number
    std::string_view text;   ///< without the newline that ended it
    bool partial = false;    ///< the line goes on in the stream's next record
};
/// Gives false to stop reading.
using LogSink = std::function<bool(const LogRecord& record)>;

struct LogQuery {
    std::string driver = "k8s-file";   ///< k8s-file, json-file or journald; others throw Error{Unsupported}
    fs::path path;                     ///< LogPlan::path; rotated files are found beside it
    std::string container_id;          ///< journald: whose entries
    std::optional<UnixNanos> since;    ///< records at or after
    std::optional<UnixNanos> until;    ///< records at or before
    std::optional<std::int64_t> tail;  ///< only the last so many lines of what is there; since and until then filter
};

/// Everything there is now, oldest first. An absent file is an empty log. Throws SystemError.
void read_log(const LogQuery& query, const LogSink& sink);

struct LogFollow {
    /// Says that the container has ended and its log is complete; asked before each read to the end.
    std::function<bool()> has_ended;
    /// Called each time everything that is there was delivered: the place to flush output. May be empty.
    std::function<void()> caught_up;
    fs::path wake_dir;   ///< a directory whose changes mean "ask has_ended again" (run_dir); may be empty
    int cancel_fd = -1;  ///< readable: stop
};
/// read_log, then what is appended, through rotations, until has_ended, a record after `until`, `until` itself
/// passes on the clock, cancel, or the sink's false.
void follow_log(const LogQuery& query, const LogFollow& follow, const LogSink& sink);

/// "2026-11-22T01:19:25.123456789+01:00" or "…Z"; nullopt when malformed. Fast: no allocation.
std::optional<UnixNanos> parse_log_time(std::string_view text);

}  // namespace skiff::oci::monitor
