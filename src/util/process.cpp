#include "util/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff {
namespace {

struct ProcStat {
    char state = '?';
    std::uint64_t threads = 0;
    std::uint64_t start_ticks = 0;

    /// One whose first thread has ended is a zombie too, while its others go on.
    bool has_ended() const { return (state == 'Z' || state == 'X') && threads <= 1; }
};

/// The second field (the command name) may hold spaces and parentheses: fields are counted after the last ')'.
/// Source: proc_pid_stat(5), fields 3, 20 and 22.
std::optional<ProcStat> parse_stat(std::string_view text) {
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
    const auto fields = split(text.substr(name_end + 2), ' ');
    if (fields.size() < 20) return std::nullopt;
    const auto threads = parse_uint(fields[17]);
    const auto start = parse_uint(fields[19]);
    if (!threads || !start) return std::nullopt;
    return ProcStat{fields[0].empty() ? '?' : fields[0][0], *threads, *start};
}

std::optional<ProcStat> read_stat(pid_t pid) {
    const UniqueFd file{::open(concat("/proc/", pid, "/stat").c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return std::nullopt;
    std::array<char, 2048> buffer{};
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    return got > 0 ? parse_stat({buffer.data(), static_cast<std::size_t>(got)}) : std::nullopt;
}

// Without pidfd_open(2) (Linux 5.3, or a filter that hides it) the process's directory in /proc stands in for a pidfd: it
// belongs to that very process too, but has to be looked into again and again.
constexpr useconds_t kLookAgain = 5000;

bool is_directory(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

/// The process of a directory in /proc; -1 once it has ended.
pid_t process_in(int directory) {
    const UniqueFd file{::openat(directory, "stat", O_RDONLY | O_CLOEXEC)};
    std::array<char, 512> buffer{};
    const ssize_t got = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
    const std::string_view text{buffer.data(), static_cast<std::size_t>(got > 0 ? got : 0)};
    const auto stat = parse_stat(text);
    return !stat || stat->has_ended() ? -1 : static_cast<pid_t>(parse_int(text.substr(0, text.find(' '))).value_or(-1));
}

}  // namespace

const std::string& boot_id() {
    static const std::string id = [] {
        const auto text = read_file_if_exists_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 128);
        return text ? std::string{trim(*text)} : std::string{};
    }();
    return id;
}

std::optional<std::uint64_t> start_ticks_of(pid_t pid) {
    const auto stat = read_stat(pid);
    return stat ? std::optional{stat->start_ticks} : std::nullopt;
}

ProcessIdentity identity_of_self() {
    static ProcessIdentity self;
    if (self.pid != ::getpid()) self = identity_of(::getpid());  // another one after a fork
    return self;
}

ProcessIdentity identity_of(pid_t pid) {
    const auto start = start_ticks_of(pid);
    if (!start) throw Error{ErrorKind::NotFound, concat("no process ", pid)};
    return {boot_id(), pid, *start};
}

bool is_alive(const ProcessIdentity& process) {
    if (process.pid <= 0 || process.boot_id != boot_id()) return false;
    if (process.pid == ::getpid()) return process.start_ticks == identity_of_self().start_ticks;
    const auto stat = read_stat(process.pid);
    return stat && stat->start_ticks == process.start_ticks && !stat->has_ended();
}

UniqueFd open_pidfd(pid_t pid) {
    UniqueFd fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!fd && errno == ENOSYS) fd.reset(::open(concat("/proc/", pid).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd;
}

UniqueFd open_pidfd(const ProcessIdentity& process) {
    if (process.pid <= 0) return {};
    UniqueFd fd = open_pidfd(process.pid);
    // The pidfd pins whatever has the number now; it is ours when the start time still matches.
    if (fd && !is_alive(process)) fd.reset();
    return fd;
}

bool send_signal(int pidfd, int signal) {
    if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0) return true;
    if (errno == ESRCH) return false;
    if (errno == ENOSYS) {
        const pid_t pid = process_in(pidfd);
        return pid > 0 && ::kill(pid, signal) == 0;
    }
    throw SystemError{errno, concat("sending signal ", signal)};
}

bool wait_for_exit(int pidfd, std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd entry{pidfd, POLLIN, 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000'000)));
        if (ready > 0 && !(is_directory(pidfd) && process_in(pidfd) > 0)) return true;
        if (ready > 0) ::usleep(kLookAgain);
        if (ready < 0 && errno != EINTR) throw SystemError{errno, "waiting for a process"};
        if (left.count() <= 0) return false;
    }
}

ExitStatus exit_status_of(int wait_status) {
    if (WIFSIGNALED(wait_status)) return {128 + WTERMSIG(wait_status), WTERMSIG(wait_status)};
    return {WEXITSTATUS(wait_status), 0};
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
}

ChildProcess::~ChildProcess() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

ExitStatus ChildProcess::wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
        if (errno != EINTR) throw SystemError{errno, concat("waiting for process ", pid_)};
    }
    pid_ = -1;
    return exit_status_of(status);
}

namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (auto& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
}

/// In the child, between fork and exec: only system calls, no allocation.
[[noreturn]] void exec_child(const std::array<int, 3>& stdio, const std::vector<std::pair<int, int>>& pass,
                             char* const* argv, char* const* env, int error_fd) {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    bool placed = true;
    for (int number = 0; number < 3; ++number) {
        placed = placed && ::dup2(stdio[static_cast<std::size_t>(number)], number) == number;
    }
    for (const auto& [ours, theirs] : pass) {
        placed = placed && (ours == theirs ? ::fcntl(ours, F_SETFD, 0) == 0 : ::dup2(ours, theirs) == theirs);
    }
    if (placed) env != nullptr ? ::execvpe(argv[0], argv, env) : ::execvp(argv[0], argv);
    const int code = errno;
    [[maybe_unused]] const ssize_t put = ::write(error_fd, &code, sizeof code);
    ::_exit(127);
}

void collect(int out_fd, int err_fd, RunResult& result, int pidfd, std::chrono::milliseconds timeout, pid_t pid) {
    constexpr std::size_t kKeep = 1U << 20;
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::array<pollfd, 2> entries{{{out_fd, POLLIN, 0}, {err_fd, POLLIN, 0}}};
    std::array<char, 65536> buffer;
    while (entries[0].fd >= 0 || entries[1].fd >= 0) {
        int wait_ms = -1;
        if (timeout.count() > 0) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            if (left.count() <= 0) {
                ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
                throw Error{ErrorKind::Timeout, concat("process ", pid, " did not end within ", timeout.count(), " ms")};
            }
            wait_ms = static_cast<int>(left.count());
        }
        if (::poll(entries.data(), entries.size(), wait_ms) < 0 && errno != EINTR) throw SystemError{errno, "polling"};
        for (auto& entry : entries) {
            if (entry.fd < 0 || entry.revents == 0) continue;
            const ssize_t got = ::read(entry.fd, buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) {
                entry.fd = -1;
                continue;
            }
            auto& text = entry.fd == out_fd ? result.out : result.err;
            text.append(buffer.data(), std::min(static_cast<std::size_t>(got), kKeep - std::min(kKeep, text.size())));
        }
    }
}

}  // namespace

RunResult run_program(const RunRequest& request) {
    auto argv_words = request.argv;
    auto env_words = request.env.value_or(std::vector<std::string>{});
    const auto argv = pointers(argv_words);
    const auto env = pointers(env_words);
    UniqueFd null;
    if (request.stdin_fd < 0) null = open_at(AT_FDCWD, "/dev/null", O_RDONLY);
    Pipe out;
    Pipe err;
    if (request.stdout_fd < 0) out = make_pipe();
    if (request.stderr_fd < 0) err = make_pipe();
    Pipe failure = make_pipe();
    const std::array<int, 3> stdio{request.stdin_fd < 0 ? null.get() : request.stdin_fd,
                                   request.stdout_fd < 0 ? out.write_end.get() : request.stdout_fd,
                                   request.stderr_fd < 0 ? err.write_end.get() : request.stderr_fd};
    const pid_t pid = ::fork();
    if (pid < 0) throw SystemError{errno, concat("forking for ", quote(request.argv.at(0)))};
    if (pid == 0) {
        exec_child(stdio, request.pass_fds, argv.data(), request.env ? env.data() : nullptr, failure.write_end.get());
    }
    ChildProcess child{pid};
    const UniqueFd pidfd = open_pidfd(pid);
    out.write_end.reset();
    err.write_end.reset();
    failure.write_end.reset();
    int code = 0;
    if (::read(failure.read_end.get(), &code, sizeof code) == static_cast<ssize_t>(sizeof code)) {
        const auto what = concat("running ", quote(request.argv.at(0)));
        if (code == ENOENT) throw Error{ErrorKind::NotFound, concat(what, ": no such program")};
        throw SystemError{code, what};
    }
    RunResult result;
    collect(out.read_end.get(), err.read_end.get(), result, pidfd.get(), request.timeout, pid);
    result.status = child.wait();
    return result;
}

const std::string& own_command_line() {
    // `rm` of a thousand names is told a thousand times.
    static constexpr std::size_t kCommandLineShown = 1000;
    static const std::string line = [] {
        std::string words(kCommandLineShown, '\0');
        const UniqueFd file{::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)};
        const ssize_t got = file ? ::read(file.get(), words.data(), words.size()) : 0;
        const bool cut = got == static_cast<ssize_t>(words.size());
        words.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        while (!words.empty() && words.back() == '\0') words.pop_back();
        std::replace(words.begin(), words.end(), '\0', ' ');
        if (!cut) return words;
        // Whole words only: a character may be cut in two.
        words.resize(std::min(words.rfind(' '), words.size()));
        return concat(words, " …");
    }();
    return line;
}

}  // namespace skiff
