#include "oci/native/cli_notify.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "oci/monitor/monitor.h"
#include "oci/monitor/notify_proxy.h"
#include "util/error.h"
#include "util/files.h"
#include "util/service_manager.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr const char* kNotifyMount = "/run/notify";
constexpr std::size_t kLongestNotification = 4096;

bool created_with_socket(const std::filesystem::path& container) {
    return static_cast<bool>(open_at_if_exists(AT_FDCWD, container / monitor::kNotifyDirectory, O_PATH | O_DIRECTORY | O_NOFOLLOW));
}

}  // namespace

std::string service_manager_socket() {
    const char* path = std::getenv("NOTIFY_SOCKET");
    return path == nullptr ? "" : path;
}

std::string add_notify_socket(Spec& spec, const std::filesystem::path& container) {
    Mount mount;
    mount.destination = kNotifyMount;
    mount.type = "bind";
    mount.source = container / monitor::kNotifyDirectory;
    mount.options = {"bind", "nosuid", "noexec", "nodev", "ro"};
    spec.mounts.push_back(mount);
    std::erase_if(spec.process.env, [](const std::string& entry) { return entry.starts_with("NOTIFY_SOCKET="); });
    spec.process.env.push_back(concat("NOTIFY_SOCKET=", kNotifyMount, "/", monitor::kNotifyName));
    return monitor::kNotifyDirectory;
}

NotifyRelay::NotifyRelay(const std::filesystem::path& container) : service_manager_{service_manager_socket()} {
    if (!service_manager_.empty() && created_with_socket(container)) socket_ = monitor::listen_for_notifications(container);
}

bool NotifyRelay::step(pid_t main_pid) {
    std::array<char, kLongestNotification> buffer;
    bool ready = false;
    for (;;) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0) return ready;
        const std::string message = monitor::filtered_notification({buffer.data(), static_cast<std::size_t>(got)}, main_pid);
        if (!message.empty()) send_notification(service_manager_, message);
        ready = ready || concat("\n", message).find("\nREADY=1\n") != std::string::npos;
    }
}

void NotifyRelay::until_ready(const ProcessIdentity& init) {
    const UniqueFd pidfd = open_pidfd(init);
    for (;;) {
        std::array<pollfd, 2> watched = {{{socket_.get(), POLLIN, 0}, {pidfd.get(), POLLIN, 0}}};
        if (pidfd && ::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) throw SystemError{errno, "waiting for the container's readiness"};
        if (step(init.pid) || !pidfd || watched[1].revents != 0) return;
    }
}

}  // namespace skiff::oci::native
