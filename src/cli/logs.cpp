#include <unistd.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/runtime.h"
#include "oci/monitor/log_reader.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

using oci::monitor::LogQuery;
using oci::monitor::LogRecord;
using oci::monitor::LogStream;

struct LogsCall {
    std::vector<std::string> names;
    std::string since, until;
    std::optional<std::int64_t> tail;
    bool details = false;  ///< the attributes of a log: those of --log-opt labels and env, which no driver here has
    bool color = false, follow = false, latest = false, use_names = false, timestamps = false;
};

// What stands around a container's lines.
struct Frame {
    std::string before, after;
};

constexpr std::size_t kFlushBytes = 64 * 1024;

// Both streams of all containers on their way out; large writes, in the order of the records.
class LogOutput {
public:
    explicit LogOutput(std::mutex& mutex) : mutex_{mutex} {}

    void add(const LogsCall& call, const Frame& frame, const LogRecord& record) {
        const std::lock_guard lock{mutex_};
        if (record.stream != stream_) flush_locked();
        stream_ = record.stream;
        if (line_begins_[index(record.stream)]) {
            buffer_ += frame.before;
            if (call.timestamps) buffer_.append(record.time).push_back(' ');
        }
        buffer_.append(record.text);
        if (!record.partial) buffer_.append(frame.after).push_back('\n');
        line_begins_[index(record.stream)] = !record.partial;
        if (buffer_.size() >= kFlushBytes) flush_locked();
    }

    void flush() {
        const std::lock_guard lock{mutex_};
        flush_locked();
    }

private:
    static std::size_t index(LogStream stream) { return stream == LogStream::Stdout ? 0 : 1; }

    void flush_locked() {
        if (buffer_.empty()) return;
        if (stream_ == LogStream::Stdout) print(buffer_);
        else write_all(STDERR_FILENO, buffer_, "standard error");
        buffer_.clear();
    }

    std::mutex& mutex_;
    std::string buffer_;
    LogStream stream_ = LogStream::Stdout;
    std::array<bool, 2> line_begins_{true, true};
};

using TimeParser = std::optional<UnixNanos> (*)(std::string_view text, UnixNanos now);

std::optional<UnixNanos> time_option(const char* name, const std::string& text, TimeParser parse) {
    if (text.empty()) return std::nullopt;
    const auto when = parse(text, now_nanos());
    if (!when) throw Error{ErrorKind::Invalid, concat(name, ": ", quote(text), " is not a time"), "a time, a date or a duration"};
    return when;
}

LogQuery query_for(const libpod::Container& container, const LogsCall& call) {
    LogQuery query;
    query.driver = container.config().log.driver;
    query.path = container.log_path();
    query.container_id = container.id();
    if (query.path.empty() && query.driver != "journald") {
        throw Error{ErrorKind::Unsupported, concat("container ", quote(container.name()), " keeps no log: its log driver is ",
                                                   quote(query.driver))};
    }
    query.since = time_option("--since", call.since, parse_time_or_ago);
    query.until = time_option("--until", call.until, parse_time_or_ahead);
    if (call.tail && *call.tail >= 0) query.tail = call.tail;
    return query;
}

// As podman: one container needs no name, not even when --names asks for it, and a colour goes to the whole line.
Frame frame_for(const libpod::Container& container, const LogsCall& call, std::size_t position, bool several) {
    static constexpr std::array kColors = {"37", "31", "32", "33", "34", "35", "36"};
    Frame frame;
    if (several) frame.before = concat(call.use_names ? container.name() : container.id().substr(0, 12), " ");
    if (!call.color) return frame;
    frame.before.insert(0, concat("\033[", kColors[position % kColors.size()], "m"));
    frame.after = "\033[0m";
    return frame;
}

struct Source {
    libpod::Container* container = nullptr;
    LogQuery query;
    Frame frame;
};

// One thread a container: this process never forks. Engine and output are used by one at a time.
class Follower {
public:
    Follower(const LogsCall& call, std::mutex& mutex) : call_{call}, mutex_{mutex} {}

    void follow(const Source& source) {
        LogOutput output{mutex_};
        oci::monitor::LogFollow follow;
        follow.wake_dir = source.container->runtime().run_dir(source.container->id());
        follow.has_ended = [&] { return has_ended(*source.container); };
        follow.caught_up = [&] { output.flush(); };
        oci::monitor::follow_log(source.query, follow, [&](const LogRecord& record) {
            output.add(call_, source.frame, record);
            return true;
        });
        output.flush();
    }

private:
    bool has_ended(libpod::Container& container) {
        const std::lock_guard lock{mutex_};
        try {
            return !container.log_may_grow();
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::NotFound) return true;  // removed when it ended
            throw;
        }
    }

    const LogsCall& call_;
    std::mutex& mutex_;
};

int follow_all(const std::vector<Source>& sources, const LogsCall& call) {
    std::mutex mutex;
    Failures failures;
    Follower follower{call, mutex};
    if (sources.size() == 1) {
        failures.attempt([&] { follower.follow(sources.front()); });
        return failures.status();
    }
    std::vector<std::thread> threads;
    std::mutex failures_mutex;
    for (const Source& source : sources) {
        threads.emplace_back([&] {
            try {
                follower.follow(source);
            } catch (const Error& error) {
                const std::lock_guard lock{failures_mutex};
                failures.add(error);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    return failures.status();
}

int print_all(const std::vector<Source>& sources, const LogsCall& call) {
    std::mutex mutex;
    for (const Source& source : sources) {
        LogOutput output{mutex};
        oci::monitor::read_log(source.query, [&](const LogRecord& record) {
            output.add(call, source.frame, record);
            return true;
        });
        output.flush();
    }
    return 0;
}

int logs(libpod::Runtime& runtime, const LogsCall& call) {
    std::vector<libpod::Container> containers = find_all(runtime, call.names, call.latest);
    std::vector<Source> sources;
    for (libpod::Container& container : containers) {
        const bool several = containers.size() > 1;
        sources.push_back({&container, query_for(container, call), frame_for(container, call, sources.size(), several)});
    }
    return call.follow ? follow_all(sources, call) : print_all(sources, call);
}

}  // namespace

void define_logs(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<LogsCall>();
    add_arguments(command, "CONTAINER", call->names);
    add_flag(command, "--color", call->color, "Show the lines of each container in a color of its own");
    add_flag(command, "--details", call->details, "Show the attributes that a log has; those of skiff have none");
    add_flag(command, "-f,--follow", call->follow, "Go on with what is written until the container ends");
    add_latest(command, call->latest);
    add_flag(command, "-n,--names", call->use_names, "Show names instead of IDs before the lines of several containers");
    add_string(command, "--since", call->since, "TIME", "Only lines since a time, or a duration ago");
    add_int(command, "--tail", call->tail, "LINES", "Only the last lines; -1 for all");
    add_flag(command, "-t,--timestamps", call->timestamps, "Show the time of each line");
    add_string(command, "--until", call->until, "TIME", "Only lines until a time, or for a duration from now");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return logs(runtime, *call); };
}

}  // namespace skiff::cli
