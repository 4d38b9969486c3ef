#include "util/journal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace skiff {
namespace {

constexpr const char* kSocket = "/run/systemd/journal/socket";

void append_little_endian(std::string& out, std::uint64_t value) {
    for (int byte = 0; byte < 8; ++byte) out.push_back(static_cast<char>(value >> (8 * byte) & 0xff));
}

/// The journal takes an entry that is too large for a datagram as a sealed memory file.
bool send_as_file(int socket, const std::string& entry, const sockaddr_un& address) {
    const UniqueFd file{::memfd_create("journal-entry", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!file || ::write(file.get(), entry.data(), entry.size()) != static_cast<ssize_t>(entry.size())) return false;
    if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) return false;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_name = const_cast<sockaddr_un*>(&address);
    message.msg_namelen = sizeof address;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = file.get();
    std::memcpy(CMSG_DATA(header), &number, sizeof number);
    return ::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0;
}

}  // namespace

std::string journal_entry(const JournalFields& fields) {
    std::string entry;
    for (const auto& [name, value] : fields) {
        entry.append(name);
        if (value.find('\n') == std::string::npos) {
            entry.append("=").append(value).push_back('\n');
            continue;
        }
        entry.push_back('\n');
        append_little_endian(entry, value.size());
        entry.append(value).push_back('\n');
    }
    return entry;
}

bool journal_is_there() noexcept { return ::access(kSocket, W_OK) == 0; }

UniqueFd open_journal_socket() noexcept { return UniqueFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)}; }

bool send_to_journal(int socket, const JournalFields& fields, int patience_ms) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, kSocket, sizeof address.sun_path - 1);
    const std::string entry = journal_entry(fields);
    const auto* target = reinterpret_cast<const sockaddr*>(&address);
    const auto send = [&] { return ::sendto(socket, entry.data(), entry.size(), MSG_NOSIGNAL, target, sizeof address) >= 0; };
    if (send()) return true;
    if (errno == EAGAIN && patience_ms > 0) {
        pollfd writable{socket, POLLOUT, 0};
        ::poll(&writable, 1, patience_ms);
        if (send()) return true;
    }
    return (errno == EMSGSIZE || errno == ENOBUFS) && send_as_file(socket, entry, address);
}

bool send_to_journal(const JournalFields& fields) noexcept {
    const UniqueFd socket = open_journal_socket();
    return socket && send_to_journal(socket.get(), fields, 0);
}

}  // namespace skiff
