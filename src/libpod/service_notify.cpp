#include "libpod/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "util/fd.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

bool is_awaited(const ContainerRow& row, ServiceEvent event) {
    if (row.config.find("\"sdnotify\"") == std::string::npos) return false;
    const auto mode = read_config(row.config).supervision.sdnotify;
    return mode == (event == ServiceEvent::Started ? "conmon" : "healthy");
}

bool send_to_service(const std::string& path, const std::string& message) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@') address.sun_path[0] = '\0';  // the abstract name space
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    return socket && ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length) >= 0;
}

}  // namespace

void notify_service(const ContainerRow& row, ServiceEvent event) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || !is_awaited(row, event)) return;
    const bool sent = send_to_service(path, concat("MAINPID=", row.state.monitor.pid, "\nREADY=1"));
    if (!sent) log::warn(concat("telling the service manager that container ", row.name, " is ready: it does not listen at ", path, ", ignoring"));
}

}  // namespace skiff::libpod
