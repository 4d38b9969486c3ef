#include "oci/monitor/notify_proxy.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "oci/monitor/monitor.h"
#include "util/error.h"
#include "util/files.h"
#include "util/service_manager.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr int kMessagesAtOnce = 16;
constexpr std::size_t kLongestMessage = 4096;

bool may_pass(std::string_view line) {
    static constexpr std::array<std::string_view, 7> kWords{"READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=", "ERRNO=", "MONOTONIC_USEC="};
    return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) { return word.ends_with('=') ? line.starts_with(word) : line == word; });
}

}  // namespace

UniqueFd listen_for_notifications(const fs::path& run_dir) {
    const fs::path directory = run_dir / kNotifyDirectory;
    const UniqueFd dir = make_directory(directory, 0755);
    UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) throw SystemError{errno, "opening a socket for notifications"};
    ::unlinkat(dir.get(), kNotifyName, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = concat("/proc/self/fd/", dir.get(), "/", kNotifyName);  // the real path may be too long for an address
    std::memcpy(address.sun_path, path.data(), path.size());
    const bool made = ::fchmod(socket.get(), 0666) == 0 && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                      ::fchmodat(dir.get(), kNotifyName, 0666, 0) == 0;
    if (!made) throw SystemError{errno, concat("listening at ", quote((directory / kNotifyName).native()))};
    return socket;
}

std::string filtered_notification(std::string_view message, pid_t main_pid) {
    std::string out;
    bool ready = false;
    for (const auto& line : split(message, '\n')) {
        if (!may_pass(line)) continue;
        ready = ready || line == "READY=1";
        out += concat(line, "\n");
    }
    return ready ? concat("MAINPID=", main_pid, "\n", out) : out;
}

void NotifyProxy::step() {
    std::array<char, kLongestMessage> buffer;
    for (int i = 0; i < kMessagesAtOnce; ++i) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0) return;
        const std::string message = filtered_notification({buffer.data(), static_cast<std::size_t>(got)}, ::getpid());
        if (!message.empty()) send_notification(service_manager_, message);
    }
}

}  // namespace skiff::oci::monitor
