#include "oci/monitor/journal_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "util/error.h"
#include "util/fd.h"
#include "util/json.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kLongestLine = 1U << 20;
constexpr int kAskAgainMs = 500;

/// journalctl, its standard output in a pipe. Other threads may run: nothing of ours happens between fork and exec.
class JournalProgram {
public:
    explicit JournalProgram(std::vector<std::string> words) {
        Pipe pipe = make_pipe();
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, pipe.write_end.get(), 1);
        std::vector<char*> argv;
        for (auto& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        pid_t pid = -1;
        const int failed = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed == ENOENT) throw Error{ErrorKind::NotFound, "reading the journal: there is no journalctl", "it is in the package systemd"};
        if (failed != 0) throw SystemError{failed, "starting journalctl"};
        child_ = ChildProcess{pid};
        output_ = std::move(pipe.read_end);
        ::fcntl(output_.get(), F_SETFL, O_RDONLY | O_NONBLOCK);
    }
    int fd() const noexcept { return output_.get(); }

    /// Whole lines of what is there go to `take`, until it gives false. False at the end of the output.
    template <typename Take>
    bool read_lines(Take&& take) {
        for (;;) {
            const std::size_t used = buffer_.size();
            buffer_.resize(used + kReadSize);
            const ssize_t got = ::read(output_.get(), buffer_.data() + used, kReadSize);
            buffer_.resize(used + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return errno == EAGAIN;
            if (got == 0) return false;
            if (!hand_on(take)) return false;
        }
    }
    /// Until the end.
    template <typename Take>
    void read_all_lines(Take&& take) {
        while (read_lines(take)) {
            pollfd readable{output_.get(), POLLIN, 0};
            ::poll(&readable, 1, -1);
        }
    }

private:
    template <typename Take>
    bool hand_on(Take& take) {
        std::size_t begin = 0;
        for (auto end = buffer_.find('\n'); end != std::string::npos; end = buffer_.find('\n', begin)) {
            if (!take(std::string_view{buffer_}.substr(begin, end - begin))) return false;
            begin = end + 1;
        }
        buffer_.erase(0, begin);
        return buffer_.size() < kLongestLine;
    }

    ChildProcess child_;
    UniqueFd output_;
    std::string buffer_;
};

/// A string, or the numbers of bytes that are no text.
std::string bytes_of(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    std::string out;
    if (!value.is_array()) return out;
    for (const auto& byte : value) out.push_back(byte.is_number() ? static_cast<char>(byte.get<int>()) : '?');
    return out;
}

/// From journalctl's lines to records.
class JournalEmitter {
public:
    JournalEmitter(const LogQuery& query, const LogSink& sink) : query_{query}, sink_{sink} {}

    /// False once reading should stop.
    bool operator()(std::string_view line) {
        const Json entry = parse_json(line, "a journal entry");
        cursor_ = string_or(entry, "__CURSOR");
        const auto microseconds = parse_uint(string_or(entry, "__REALTIME_TIMESTAMP")).value_or(0);
        const auto when = static_cast<UnixNanos>(microseconds) * 1000;
        if (query_.since && when < *query_.since) return true;
        if (query_.until && when > *query_.until) return false;
        const Json* message = member(entry, "MESSAGE");
        const std::string text = message == nullptr ? std::string{} : bytes_of(*message);
        const std::string time = rfc3339_local(when);
        const bool partial = string_or(entry, "CONTAINER_PARTIAL_MESSAGE") == "true";
        return sink_({string_or(entry, "PRIORITY") == "3" ? LogStream::Stderr : LogStream::Stdout, time, text, partial});
    }
    const std::string& cursor() const noexcept { return cursor_; }

private:
    const LogQuery& query_;
    const LogSink& sink_;
    std::string cursor_;
};

std::vector<std::string> command_for(const LogQuery& query, const std::string& after) {
    std::vector<std::string> words{"journalctl", "--quiet", "--no-pager", "--all", "--output=json", concat("CONTAINER_ID_FULL=", query.container_id)};
    if (!after.empty()) words.push_back(concat("--after-cursor=", after));
    else if (query.since) words.push_back(concat("--since=@", *query.since / 1'000'000'000));
    if (after.empty() && query.tail) words.push_back(concat("--lines=", *query.tail));
    else words.emplace_back("--lines=all");
    return words;
}

void read_after(const LogQuery& query, const std::string& cursor, JournalEmitter& emitter) {
    JournalProgram{command_for(query, cursor)}.read_all_lines(emitter);
}

UniqueFd watch_of(const fs::path& directory) {
    UniqueFd watch{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (watch && !directory.empty()) ::inotify_add_watch(watch.get(), directory.c_str(), IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR);
    return watch;
}

/// False when it is over.
bool wait_for_more(const LogQuery& query, const LogFollow& follow, int output, int watch) {
    if (query.until && now_nanos() > *query.until) return false;
    pollfd entries[] = {{output, POLLIN, 0}, {watch, POLLIN, 0}, {follow.cancel_fd, POLLIN, 0}};
    ::poll(entries, 3, kAskAgainMs);
    alignas(inotify_event) char drained[4096];
    while (::read(watch, drained, sizeof drained) > 0) {
    }
    return entries[2].revents == 0;
}

}  // namespace

void read_journal(const LogQuery& query, const LogSink& sink) {
    JournalEmitter emitter{query, sink};
    read_after(query, {}, emitter);
}

void follow_journal(const LogQuery& query, const LogFollow& follow, const LogSink& sink) {
    JournalEmitter emitter{query, sink};
    auto words = command_for(query, {});
    words.emplace_back("--follow");
    const UniqueFd watch = watch_of(follow.wake_dir);
    {
        JournalProgram journal{std::move(words)};
        do {
            const bool ended = follow.has_ended && follow.has_ended();
            const bool more = journal.read_lines(emitter);
            if (follow.caught_up) follow.caught_up();
            if (!more) return;
            if (ended) break;
        } while (wait_for_more(query, follow, journal.fd(), watch.get()));
    }
    // What the journal has taken may not be in its files yet.
    run_program({.argv = {"journalctl", "--sync"}});
    read_after(query, emitter.cursor(), emitter);
    if (follow.caught_up) follow.caught_up();
}

}  // namespace skiff::oci::monitor
