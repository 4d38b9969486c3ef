#include "libpod/service_notify.h"

#include <cstdlib>

#include "util/json.h"
#include "util/log.h"
#include "util/service_manager.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

bool is_awaited(const ContainerRow& row, ServiceEvent event) {
    if (row.config.find("\"sdnotify\"") == std::string::npos) return false;
    const auto mode = read_config(row.config).supervision.sdnotify;
    return mode == (event == ServiceEvent::Started ? "conmon" : "healthy");  // "container" says it itself
}

}  // namespace

void notify_service(const ContainerRow& row, ServiceEvent event) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || !is_awaited(row, event)) return;
    const bool sent = send_notification(path, concat("MAINPID=", row.state.monitor.pid, "\nREADY=1"));
    if (!sent) log::warn(concat("telling the service manager that container ", row.name, " is ready: it does not listen at ", path, ", ignoring"));
}

}  // namespace skiff::libpod
