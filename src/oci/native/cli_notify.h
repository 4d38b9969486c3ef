#pragma once
/// $NOTIFY_SOCKET of the runtime's caller, handed on to the container as runc does it: the program finds a socket of the runtime's at
/// /run/notify/notify.sock, and what it says of its state goes on to the caller's service manager (sd_notify(3)). That takes a process, so
/// `start` and a detached `run` return when the program says READY=1 or ends; `run` in the foreground passes words on until the end.

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "oci/native/spec.h"
#include "util/fd.h"
#include "util/process.h"

namespace skiff::oci::native {

/// The caller's socket; empty: there is none.
std::string service_manager_socket();

/// The mount and the variable. `container` is the container's own directory. Gives back the name of the directory that is mounted,
/// which Factory::create is to make in it (CreateOptions::shared_directory).
std::string add_notify_socket(Spec& spec, const std::filesystem::path& container);

class NotifyRelay {
public:
    /// Listens where the container was created with a socket, and the caller has one. Throws SystemError.
    explicit NotifyRelay(const std::filesystem::path& container);

    explicit operator bool() const noexcept { return static_cast<bool>(socket_); }
    int fd() const noexcept { return socket_.get(); }
    /// Hands on what is there; true once READY=1 was among it. `main_pid` is whom the service manager is to watch.
    bool step(pid_t main_pid);
    /// Hands on until READY=1 or the end of `init`.
    void until_ready(const ProcessIdentity& init);

private:
    std::string service_manager_;
    UniqueFd socket_;
};

}  // namespace skiff::oci::native
