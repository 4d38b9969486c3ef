#include "monitor/harness.h"


#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"
#include "monitor_driver.h"  // orders the build only

namespace skiff::oci::monitor::test {
namespace {

constexpr int kPatienceMilliseconds = 20'000;

[[noreturn]] void exec_driver(std::vector<std::string>& words, const std::array<int, 4>& fds, bool terminal) {
    ::setsid();
    for (int i = 0; i < 4; ++i) ::fcntl(fds[static_cast<std::size_t>(i)], F_DUPFD, 10);
    std::array<int, 4> high{};
    for (std::size_t i = 0; i < 4; ++i) high[i] = ::fcntl(fds[i], F_DUPFD, 20);
    for (std::size_t i = 0; i < 4; ++i) ::dup2(high[i], static_cast<int>(i));
    close_all_except({3});
    if (terminal) ::ioctl(0, TIOCSCTTY, 0);
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(126);
}

}  // namespace

std::string driver_path() {
    const char* given = std::getenv("SKIFF_MONITOR_DRIVER");
    return given != nullptr ? given : MONITOR_DRIVER;
}

RunDir::RunDir(const std::string& below) {
    std::string name = (fs::temp_directory_path() / "skiff-unit-XXXXXX").native();
    top_ = ::mkdtemp(name.data());
    path = below.empty() ? top_ : top_ / below;
    fs::create_directories(path);
}

RunDir::~RunDir() { fs::remove_all(top_); }

Driver start_driver(const std::vector<std::string>& arguments, int terminal) {
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    Pipe results = make_pipe();
    std::vector<std::string> words{driver_path()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const pid_t child = ::fork();
    if (child == 0) {
        const bool on_terminal = terminal >= 0;
        exec_driver(words, {on_terminal ? terminal : in.read_end.get(), on_terminal ? terminal : out.write_end.get(),
                            on_terminal ? terminal : err.write_end.get(), results.write_end.get()}, on_terminal);
    }
    REQUIRE(child > 0);
    return {ChildProcess{child}, std::move(in.write_end), std::move(out.read_end), std::move(err.read_end), std::move(results.read_end), child};
}

std::string read_line(int fd) {
    std::string line;
    for (char c = 0; c != '\n';) {
        pollfd entry{fd, POLLIN, 0};
        REQUIRE(::poll(&entry, 1, kPatienceMilliseconds) > 0);
        if (::read(fd, &c, 1) != 1) break;
        line.push_back(c);
    }
    return line;
}

std::string read_to_end(int fd) {
    std::string text;
    std::array<char, 65536> buffer;
    for (;;) {
        pollfd entry{fd, POLLIN, 0};
        REQUIRE(::poll(&entry, 1, kPatienceMilliseconds) > 0);
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got <= 0) return text;  // EIO: a terminal without users
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

Json log_options(const std::string& driver, const fs::path& path) { return {{"driver", driver}, {"path", path.native()}}; }

Monitored::Monitored(const RunDir& dir, const Json& options, const std::vector<std::string>& program) : run_dir_{dir.path} {
    std::vector<std::string> words{"launch", run_dir_.native(), dump(options)};
    words.insert(words.end(), program.begin(), program.end());
    driver_ = start_driver(words);
    const std::string line = read_line(driver_.out.get());
    pid_ = static_cast<pid_t>(parse_int(trim(line)).value_or(-1));
    REQUIRE_MESSAGE(pid_ > 0, read_to_end(driver_.err.get()));
}

Monitored::~Monitored() {
    if (pid_ > 0 && driver_.process.pid() > 0) ::kill(pid_, SIGKILL);
}

void Monitored::go() { write_all(driver_.in.get(), "g", "gate"); }

Driver Monitored::attach(const Json& options, int terminal) const {
    Driver client = start_driver({"attach", run_dir_.native(), std::to_string(pid_), dump(options)}, terminal);
    REQUIRE(read_line(client.results.get()) == "attached\n");
    return client;
}

int Monitored::wait() {
    const UniqueFd pidfd = open_pidfd(driver_.pid);
    REQUIRE(wait_for_exit(pidfd.get(), std::chrono::milliseconds{kPatienceMilliseconds}));
    return driver_.process.wait().code;
}

void Monitored::kill_monitor() {
    ::kill(driver_.pid, SIGKILL);
    driver_.process.wait();
}

std::string log_text(const LogQuery& query) {
    std::array<std::string, 2> text;
    read_log(query, [&](const LogRecord& record) {
        std::string& stream = text[record.stream == LogStream::Stdout ? 0 : 1];
        stream.append(record.text);
        if (!record.partial) stream.push_back('\n');
        return true;
    });
    return text[0] + text[1];
}

}  // namespace skiff::oci::monitor::test
