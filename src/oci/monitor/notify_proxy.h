#pragma once
/// What the container says of itself (sd_notify(3)), handed on to the service manager that started it.
///
/// Of its words only those pass that concern its state: it cannot make the host's service manager watch another process, keep
/// descriptors for it or change a time limit. With READY=1 the monitor says that it is the main process.

#include <filesystem>
#include <string>
#include <string_view>

#include "util/fd.h"

namespace skiff::oci::monitor {

namespace fs = std::filesystem;

/// The socket in RUN_DIR/notify, for every user of the container. Throws SystemError.
UniqueFd listen_for_notifications(const fs::path& run_dir);

/// What goes on of one message; empty: nothing.
std::string filtered_notification(std::string_view message, pid_t main_pid);

class NotifyProxy {
public:
    /// `socket` may be empty: nothing is passed on.
    NotifyProxy(UniqueFd socket, std::string service_manager) : socket_{std::move(socket)}, service_manager_{std::move(service_manager)} {}
    int fd() const noexcept { return socket_.get(); }
    /// Hands on what is there; never blocks for the container.
    void step();

private:
    UniqueFd socket_;
    std::string service_manager_;
};

}  // namespace skiff::oci::monitor
