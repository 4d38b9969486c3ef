#include "oci/monitor/log_reader.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "oci/monitor/journal_reader.h"
#include "oci/monitor/log_files.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kAskAgainMilliseconds = 1000;
constexpr int kAskAgainUnwokenMilliseconds = 200;
constexpr UnixNanos kMillisecond = 1'000'000;

/// From lines to the sink: parsed, filtered by time.
class Emitter {
public:
    Emitter(const LogQuery& query, const LogFormat& format, const LogSink& sink) : query_{query}, format_{format}, sink_{sink} {}

    /// False once reading should stop.
    bool emit(std::string_view line) {
        const auto record = format_.parse(line, scratch_);
        if (!record || !in_time(*record)) return !stopped_;
        stopped_ = !sink_(*record);
        return !stopped_;
    }
    bool is_stopped() const noexcept { return stopped_; }
    bool saw_after_until() const noexcept { return saw_after_until_; }

private:
    bool in_time(const LogRecord& record) {
        if (!query_.since && !query_.until) return true;
        const auto when = time_of(record.time);
        if (!when || (query_.since && *when < *query_.since)) return false;
        const bool after = query_.until && *when > *query_.until;
        saw_after_until_ = saw_after_until_ || after;
        return !after;
    }

    /// Records of one read share their time.
    std::optional<UnixNanos> time_of(std::string_view text) {
        if (text != last_text_) {
            last_text_ = text;
            last_time_ = parse_log_time(text);
        }
        return last_time_;
    }

    const LogQuery& query_;
    const LogFormat& format_;
    const LogSink& sink_;
    std::string scratch_;
    std::string last_text_;
    std::optional<UnixNanos> last_time_;
    bool stopped_ = false;
    bool saw_after_until_ = false;
};

/// One file, from a position to its present end, again and again.
class PartReader {
public:
    explicit PartReader(LogPart part) : fd_{std::move(part.fd)}, at_{part.begin} {}

    int fd() const noexcept { return fd_.get(); }
    /// An unfinished last line waits for the next call.
    void read_to_end(Emitter& emitter) {
        while (!emitter.is_stopped()) {
            buffer_.resize(used_ + kReadBytes);
            const ssize_t got = ::pread(fd_.get(), buffer_.data() + used_, kReadBytes, at_);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw SystemError{errno, "reading a log"};
            if (got == 0) return;
            at_ += got;
            used_ += static_cast<std::size_t>(got);
            emit_lines(emitter);
        }
    }
    /// Nothing is appended any more: what is left is a line.
    void finish(Emitter& emitter) {
        read_to_end(emitter);
        if (used_ > 0 && !emitter.is_stopped()) emitter.emit({buffer_.data(), used_});
        used_ = 0;
    }

private:
    void emit_lines(Emitter& emitter) {
        const char* line = buffer_.data();
        const char* const end = line + used_;
        while (const auto* newline = static_cast<const char*>(std::memchr(line, '\n', static_cast<std::size_t>(end - line)))) {
            if (!emitter.emit({line, static_cast<std::size_t>(newline - line)})) return;
            line = newline + 1;
        }
        used_ = static_cast<std::size_t>(end - line);
        std::memmove(buffer_.data(), line, used_);
    }

    UniqueFd fd_;
    std::int64_t at_;
    std::string buffer_;
    std::size_t used_ = 0;
};

std::vector<LogPart> parts_for(const LogQuery& query, const LogFormat& format) {
    std::vector<LogPart> parts = open_log_parts(query.path);
    if (query.tail && *query.tail >= 0) keep_tail(parts, format, *query.tail);
    return parts;
}

bool same_file(int left, int right) {
    struct stat a {};
    struct stat b {};
    return ::fstat(left, &a) == 0 && ::fstat(right, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

class Follower {
public:
    Follower(const LogQuery& query, const LogFollow& follow, const LogSink& sink)
        : query_{query}, follow_{follow}, format_{query.driver}, emitter_{query_, format_, sink} {
        watch();
    }

    void run() {
        go_through(parts_for(query_, format_));
        for (;;) {
            const bool ended = follow_.has_ended && follow_.has_ended();
            catch_up();
            if (emitter_.is_stopped()) return;
            if (ended && current_) current_->finish(emitter_);
            if (follow_.caught_up) follow_.caught_up();
            if (ended || emitter_.saw_after_until() || !wait()) return;
        }
    }

private:
    void watch() {
        events_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (!events_) throw SystemError{errno, "following a log"};
        const auto add = [&](const fs::path& directory) {
            if (!directory.empty()) ::inotify_add_watch(events_.get(), directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR);
        };
        add(query_.path.parent_path());
        add(follow_.wake_dir);  // without a watch the timed wait does
    }

    /// Reads older parts to their end; the newest becomes the current one.
    void go_through(std::vector<LogPart> parts) {
        for (auto& part : parts) {
            if (current_) current_->finish(emitter_);
            current_.emplace(std::move(part));
            if (!emitter_.is_stopped()) current_->read_to_end(emitter_);
        }
    }

    void catch_up() {
        if (current_) current_->read_to_end(emitter_);
        std::vector<LogPart> parts = open_log_parts(query_.path);
        if (current_) drop_read(parts);
        go_through(std::move(parts));
    }

    /// Leaves what is newer than the current file; everything, when that was deleted by rotation.
    void drop_read(std::vector<LogPart>& parts) const {
        const auto current = std::find_if(parts.begin(), parts.end(), [&](const LogPart& part) { return same_file(part.fd.get(), current_->fd()); });
        if (current != parts.end()) parts.erase(parts.begin(), current + 1);
    }

    /// False when it is over: cancelled, or `until` has come.
    bool wait() {
        int timeout = follow_.wake_dir.empty() ? kAskAgainUnwokenMilliseconds : kAskAgainMilliseconds;
        if (query_.until) {
            const UnixNanos left = *query_.until - now_nanos();
            if (left < 0) return false;
            timeout = static_cast<int>(std::min<UnixNanos>(timeout, left / kMillisecond + 1));
        }
        pollfd entries[] = {{events_.get(), POLLIN, 0}, {follow_.cancel_fd, POLLIN, 0}};
        ::poll(entries, 2, timeout);
        alignas(inotify_event) char drained[4096];
        while (::read(events_.get(), drained, sizeof drained) > 0) {
        }
        return entries[1].revents == 0;
    }

    const LogQuery& query_;
    const LogFollow& follow_;
    LogFormat format_;
    Emitter emitter_;
    UniqueFd events_;
    std::optional<PartReader> current_;
};

}  // namespace

void read_log(const LogQuery& query, const LogSink& sink) {
    if (query.driver == "journald") return read_journal(query, sink);
    const LogFormat format{query.driver};
    Emitter emitter{query, format, sink};
    for (auto& part : parts_for(query, format)) {
        if (emitter.is_stopped()) return;
        PartReader{std::move(part)}.finish(emitter);
    }
}

void follow_log(const LogQuery& query, const LogFollow& follow, const LogSink& sink) {
    if (query.driver == "journald") return follow_journal(query, follow, sink);
    Follower{query, follow, sink}.run();
}

}  // namespace skiff::oci::monitor
