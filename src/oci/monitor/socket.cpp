#include "oci/monitor/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr int kBacklog = 128;
constexpr std::size_t kMaxFds = 4;

sockaddr_un address_of(int dir, const char* name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = concat(proc_fd_path(dir), "/", name);
    if (path.size() >= sizeof address.sun_path) throw Error{ErrorKind::Invalid, concat("socket name ", quote(name), " is too long")};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

UniqueFd make_socket(int type) {
    UniqueFd made{::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)};
    if (!made) throw SystemError{errno, "making a socket"};
    return made;
}

}  // namespace

UniqueFd listen_at(const fs::path& run_dir, const char* name, int type) {
    const UniqueFd dir = open_at(AT_FDCWD, run_dir, O_PATH | O_DIRECTORY);
    UniqueFd listener = make_socket(type | SOCK_NONBLOCK);
    const sockaddr_un address = address_of(dir.get(), name);
    ::unlinkat(dir.get(), name, 0);
    // The bound file takes the mode of the socket's own inode, so there is no moment with a wider one.
    if (::fchmod(listener.get(), 0600) != 0 ||
        ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), kBacklog) != 0) {
        throw SystemError{errno, concat("listening at ", quote((run_dir / name).native()))};
    }
    return listener;
}

UniqueFd connect_at(const fs::path& run_dir, const char* name, int type) {
    const UniqueFd dir = open_at_if_exists(AT_FDCWD, run_dir, O_PATH | O_DIRECTORY);
    if (!dir) return {};
    UniqueFd connected = make_socket(type);
    const sockaddr_un address = address_of(dir.get(), name);
    if (::connect(connected.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return connected;
    if (errno == ENOENT || errno == ECONNREFUSED) return {};
    throw SystemError{errno, concat("connecting to ", quote((run_dir / name).native()))};
}

bool peer_is_us(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

bool send_message(int socket, const Message& message, std::span<const int> fds) noexcept {
    Message copy = message;
    iovec part{&copy, sizeof copy};
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))]{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
        std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
    }
    ssize_t sent;
    do {
        sent = ::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(sizeof copy);
}

namespace {
void take_fds(msghdr& header, std::vector<UniqueFd>& fds) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
            fds.emplace_back(fd);
        }
    }
}
}  // namespace

Received receive_message(int socket, Message& message, std::vector<UniqueFd>& fds) {
    iovec part{&message, sizeof message};
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))]{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    ssize_t got;
    do {
        got = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Received::Nothing;
    if (got > 0) take_fds(header, fds);
    return got == static_cast<ssize_t>(sizeof message) ? Received::Message : Received::Closed;
}

}  // namespace skiff::oci::monitor
