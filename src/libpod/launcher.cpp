#include "libpod/launcher.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>

#include "state/sqlite_memory.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/monitor_cgroup.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kLauncherFile = "launcher";
constexpr const char* kAnnounced = "announced";

Json to_json(const ProcessIdentity& process) { return Json::array({process.boot_id, process.pid, process.start_ticks}); }

ProcessIdentity identity_from(const Json& document) {
    return {document.at(0).get<std::string>(), document.at(1).get<pid_t>(), document.at(2).get<std::uint64_t>()};
}

bool send_message(int socket, const std::string& text) {
    ssize_t sent;
    do {
        sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(text.size());
}

/// Empty at end of file.
std::string receive_message(int socket) {
    std::array<char, 65536> buffer;
    ssize_t got;
    do {
        got = ::recv(socket, buffer.data(), buffer.size(), 0);
    } while (got < 0 && errno == EINTR);
    return got > 0 ? std::string{buffer.data(), static_cast<std::size_t>(got)} : std::string{};
}

[[noreturn]] void throw_reported(const Json& report) {
    throw Error{static_cast<ErrorKind>(report.at("error").get<int>()), report.at("message").get<std::string>(),
                report.at("hint").get<std::string>()};
}

void default_signals() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal <= SIGRTMAX; ++signal) ::sigaction(signal, &action, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void record_launcher(const fs::path& run_dir) {
    const auto self = identity_of_self();
    const UniqueFd dir = open_directory(run_dir);
    replace_file_at(dir.get(), kLauncherFile, concat(self.pid, " ", self.start_ticks, "\n"), 0600);
}

/// What a failed OCI runtime left is reaped here: the PID namespace of a container cannot end while a zombie of it has a
/// parent that does not look. Bounded, as such a process may also still live.
void reap_leftovers() {
    for (int attempt = 0; attempt < 200; ++attempt) {
        const pid_t reaped = ::waitpid(-1, nullptr, WNOHANG);
        if (reaped < 0) return;
        if (reaped == 0) ::usleep(1000);
    }
}

[[noreturn]] void run_child(const fs::path& run_dir, std::vector<int> keep, UniqueFd socket,
                            const std::function<void(LauncherChannel&)>& body) {
    ::setsid();
    default_signals();
    keep.push_back(socket.get());
    close_all_except(std::move(keep));
    LauncherChannel channel{std::move(socket)};
    try {
        detach_standard_streams();
        log::keep_warnings();
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        record_launcher(run_dir);
        fault_point("launcher:begin");
        body(channel);
    } catch (const std::exception& error) {
        channel.report_error(error);
    }
    reap_leftovers();
    ::_exit(125);
}

}  // namespace

bool LauncherChannel::report(const LaunchReport& report) const {
    const Json document{{"process", to_json(report.process)},
                        {"monitor", to_json(report.monitor)},
                        {"oci_runtime", report.oci_runtime},
                        {"refused", report.refused},
                        {"warnings", log::kept_warnings()}};
    return send_message(socket_.get(), dump(document));
}

void LauncherChannel::announce(const ProcessIdentity& process) const {
    send_message(socket_.get(), dump(Json{{kAnnounced, to_json(process)}}));
}

void LauncherChannel::report_error(const std::exception& error) const noexcept {
    try {
        const auto* known = dynamic_cast<const Error*>(&error);
        const Json document{{"error", static_cast<int>(known != nullptr ? known->kind() : ErrorKind::System)},
                            {"message", std::string{error.what()}.substr(0, 16000)},
                            {"hint", known != nullptr ? known->hint() : std::string{}}};
        send_message(socket_.get(), dump(document));
    } catch (...) {
        // The caller then sees the end of the channel, which is an error too.
    }
}

Launch::Launch(const fs::path& run_dir, LauncherCgroup cgroup, std::vector<int> keep, const std::function<void(LauncherChannel&)>& body) {
    auto sockets = make_socket_pair(SOCK_SEQPACKET);
    const state::ForkWithoutDatabase guard;
    const pid_t pid = cgroup == LauncherCgroup::Own ? fork_into_monitor_cgroup() : ::fork();
    if (pid < 0) throw SystemError{errno, "forking the launcher"};
    if (pid == 0) {
        sockets.first.reset();
        run_child(run_dir, std::move(keep), std::move(sockets.second), body);
    }
    child_ = ChildProcess{pid};
    socket_ = std::move(sockets.first);
}

Launch::~Launch() = default;

std::string Launch::receive() {
    const std::string message = receive_message(socket_.get());
    if (!message.empty()) return message;
    const auto status = child_.wait();
    throw Error{ErrorKind::System, concat("the launcher ended without a report (status ", status.code, ")"),
                "look at 'skiff container history' and the kernel's log"};
}

std::optional<ProcessIdentity> Launch::wait_announced() {
    received_ = receive();
    const Json message = parse_json(received_, "the launcher's report");
    if (!message.contains(kAnnounced)) return std::nullopt;
    received_.clear();
    return identity_from(message.at(kAnnounced));
}

LaunchReport Launch::wait_report() {
    const Json message = parse_json(received_.empty() ? receive() : received_, "the launcher's report");
    if (message.contains("error")) throw_reported(message);
    child_.detach();
    for (const auto& warning : message.at("warnings")) log::warn(warning.get<std::string>());
    return {identity_from(message.at("process")), identity_from(message.at("monitor")),
            message.at("oci_runtime").get<std::string>(), message.at("refused").get<std::vector<std::string>>()};
}

ProcessIdentity recorded_launcher(const fs::path& run_dir) {
    const auto text = read_file_if_exists_at(AT_FDCWD, run_dir / kLauncherFile, 256);
    if (!text) return {};
    const auto words = split_once(trim(*text), ' ');
    if (!words) return {};
    const ProcessIdentity process{boot_id(), static_cast<pid_t>(parse_int(words->first).value_or(-1)),
                                  parse_uint(words->second).value_or(0)};
    return is_alive(process) ? process : ProcessIdentity{};
}

}  // namespace skiff::libpod
