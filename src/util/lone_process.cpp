#include "util/lone_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <thread>

#include "util/error.h"
#include "util/files.h"
#include "util/monitor_cgroup.h"
#include "util/text.h"

namespace skiff {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::string_view kLockOption = "--lock-fd=";
constexpr std::string_view kReportOption = "--report-fd=";
constexpr std::string_view kServes = "serves";
constexpr int kFailed = 125;

/// Whether `path` still names the file: who ended on purpose removed it.
bool is_named(int fd, const fs::path& path) {
    struct stat held {};
    struct stat named {};
    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/// "pid start boot"; an identity of nobody when it is not (yet) written.
ProcessIdentity read_identity(int fd) {
    std::array<char, 128> text{};
    const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
    if (got <= 0) return {};
    const auto words = split(trim({text.data(), static_cast<std::size_t>(got)}), ' ');
    if (words.size() != 3) return {};
    return {words[2], static_cast<pid_t>(parse_int(words[0]).value_or(-1)), parse_uint(words[1]).value_or(0)};
}

bool try_lock(int fd, const fs::path& path) {
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return false;
        if (errno != EINTR) throw SystemError{errno, concat("locking ", quote(path.native()))};
    }
    return true;
}

void make_inheritable(int fd) {
    if (::fcntl(fd, F_SETFD, 0) != 0) ::_exit(kFailed);
}

/// In the second child. Only the lock and the report go through the exec.
[[noreturn]] void execute(const LoneProcess& wanted, int lock, int report) {
    ::setsid();
    std::vector<std::string> words{"skiff"};
    words.insert(words.end(), wanted.command.begin(), wanted.command.end());
    words.push_back(concat(kLockOption, lock));
    words.push_back(concat(kReportOption, report));
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    close_all_except({lock, report});
    make_inheritable(lock);
    make_inheritable(report);
    ::execve("/proc/self/exe", argv.data(), environ);
    const std::string reason = concat("executing ", words[1], ": ", errno_text(errno));
    [[maybe_unused]] const ssize_t put = ::write(report, reason.data(), reason.size());
    ::_exit(kFailed);
}

/// Forks twice, so that nobody here has to reap it.
void spawn(const LoneProcess& wanted, int lock, int report) {
    const pid_t between = ::fork();
    if (between < 0) throw SystemError{errno, concat("starting ", wanted.command[0])};
    if (between == 0) {
        const pid_t child = fork_into_monitor_cgroup();
        if (child == 0) execute(wanted, lock, report);
        ::_exit(child > 0 ? 0 : kFailed);
    }
    if (ChildProcess{between}.wait().code != 0) throw Error{ErrorKind::System, concat("starting ", wanted.command[0], ": cannot fork")};
}

struct Started {
    LoneState state;
    UniqueFd report;  ///< set when it was started here
};

Started start(const LoneProcess& wanted) {
    UniqueFd lock = open_at_if_exists(AT_FDCWD, wanted.lock, O_RDWR);
    if (!lock) return {};
    if (!try_lock(lock.get(), wanted.lock)) {
        ProcessIdentity process = read_identity(lock.get());
        if (!is_alive(process)) return {{Presence::Starting, {}}, {}};
        return {{Presence::Serving, std::move(process)}, {}};
    }
    if (!is_named(lock.get(), wanted.lock)) return {};
    if (::ftruncate(lock.get(), 0) != 0) throw SystemError{errno, concat("writing ", quote(wanted.lock.native()))};
    Pipe report = make_pipe();
    // Standard descriptors that were closed would be taken for these.
    if (lock.get() < 3) lock = duplicate(lock.get());
    if (report.write_end.get() < 3) report.write_end = duplicate(report.write_end.get());
    spawn(wanted, lock.get(), report.write_end.get());
    return {{Presence::Starting, {}}, std::move(report.read_end)};
}

/// Throws what it failed with.
void await_report(const LoneProcess& wanted, int report, Clock::time_point deadline) {
    std::string text;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd entry{report, POLLIN, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(std::max(left, 0ms).count()));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) throw Error{ErrorKind::Timeout, concat(wanted.command[0], " did not begin to serve")};
        std::array<char, 512> buffer;
        const ssize_t got = ::read(report, buffer.data(), buffer.size());
        if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
        if (got == 0 || text == kServes) break;
    }
    if (text == kServes) return;
    throw Error{ErrorKind::System, text.empty() ? concat(wanted.command[0], " ended before it served") : text};
}

UniqueFd adopt_descriptor(std::string_view word, std::string_view option) {
    const auto number = word.starts_with(option) ? parse_int(word.substr(option.size())) : std::nullopt;
    if (!number || *number < 3 || ::fcntl(static_cast<int>(*number), F_SETFD, FD_CLOEXEC) != 0) {
        throw Error{ErrorKind::Invalid, "this command is skiff's own"};
    }
    return UniqueFd{static_cast<int>(*number)};
}

}  // namespace

LoneState start_if_missing(const LoneProcess& wanted) { return start(wanted).state; }

LoneState ensure_serving(const LoneProcess& wanted, std::chrono::milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        const Started started = start(wanted);
        if (started.state.presence != Presence::Starting) return started.state;
        if (started.report) await_report(wanted, started.report.get(), deadline);
        else if (Clock::now() >= deadline) throw Error{ErrorKind::Timeout, concat(wanted.command[0], " did not begin to serve")};
        else std::this_thread::sleep_for(1ms);
    }
}

LoneDuty LoneDuty::adopt(std::vector<std::string>& words) {
    if (words.size() < 2) throw Error{ErrorKind::Invalid, "this command is skiff's own"};
    LoneDuty duty;
    duty.report = adopt_descriptor(words.back(), kReportOption);
    words.pop_back();
    duty.lock = adopt_descriptor(words.back(), kLockOption);
    words.pop_back();
    return duty;
}

void LoneDuty::serve() {
    const auto self = identity_of_self();
    const std::string line = concat(self.pid, " ", self.start_ticks, " ", self.boot_id, "\n");
    if (::pwrite(lock.get(), line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
        throw SystemError{errno, "recording who serves"};
    }
    fail(kServes);
}

void LoneDuty::fail(std::string_view reason) noexcept {
    // Nobody may be listening any more: it serves all the same.
    if (report && ::write(report.get(), reason.data(), reason.size()) < 0) report.reset();
    report.reset();
}

}  // namespace skiff
