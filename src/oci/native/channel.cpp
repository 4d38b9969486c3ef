#include "oci/native/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstring>

#include "util/text.h"

namespace skiff::oci::native {
namespace {

struct FailureHeader {
    std::int32_t kind;
    std::int32_t code;
    std::uint32_t hint_length;
};

/// ECONNRESET: the other side went without reading all that it was sent. It is said once; what that side sent comes after it, and then the end.
bool is_worth_repeating(ssize_t result) { return result < 0 && (errno == EINTR || errno == ECONNRESET); }

ssize_t receive_into(int socket, char* bytes, std::size_t size, int flags) {
    ssize_t got;
    do {
        got = ::recv(socket, bytes, size, flags);
    } while (is_worth_repeating(got));
    return got;
}

}  // namespace

void Channel::send(Note note, std::string_view text) const {
    iovec parts[2] = {{&note, sizeof note}, {const_cast<char*>(text.data()), text.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    ssize_t sent;
    do {
        sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    } while (is_worth_repeating(sent));
    if (sent < 0) throw SystemError{errno, "talking to the container's init process"};
}

void Channel::send_failure(const Error& error) const noexcept {
    try {
        const FailureHeader header{static_cast<std::int32_t>(error.kind()), error.code(),
                                   static_cast<std::uint32_t>(error.hint().size())};
        std::string text(sizeof header, '\0');
        std::memcpy(text.data(), &header, sizeof header);
        send(Note::Failed, concat(text, error.hint(), std::string_view{error.what()}.substr(0, 8192)));
    } catch (const std::exception&) {
        // The parent sees the end of file.
    }
}

bool Channel::receive(Packet& packet) const {
    std::array<char, 1> probe{};
    const ssize_t length = receive_into(fd_.get(), probe.data(), 0, MSG_PEEK | MSG_TRUNC);
    if (length < static_cast<ssize_t>(sizeof packet.note)) return false;
    std::string bytes(static_cast<std::size_t>(length), '\0');
    if (receive_into(fd_.get(), bytes.data(), bytes.size(), 0) != length) return false;
    std::memcpy(&packet.note, bytes.data(), sizeof packet.note);
    packet.text = bytes.substr(sizeof packet.note);
    return true;
}

std::string Channel::expect(Note note) const {
    Packet packet;
    if (!receive(packet)) throw Error{ErrorKind::System, "the container's init process ended unexpectedly"};
    if (packet.note == Note::Failed) rethrow(packet.text);
    if (packet.note != note) throw Error{ErrorKind::System, "the container's init process is out of step"};
    return std::move(packet.text);
}

namespace {
struct Carried : Error {
    Carried(ErrorKind kind, std::string message, std::string hint, int code)
        : Error(kind, std::move(message), std::move(hint), code) {}
};
}  // namespace

void rethrow(const std::string& failure) {
    FailureHeader header{};
    if (failure.size() < sizeof header) throw Error{ErrorKind::System, "the container's init process failed"};
    std::memcpy(&header, failure.data(), sizeof header);
    const std::string rest = failure.substr(sizeof header);
    const std::size_t hint = std::min<std::size_t>(header.hint_length, rest.size());
    throw Carried{static_cast<ErrorKind>(header.kind), rest.substr(hint), rest.substr(0, hint), header.code};
}

}  // namespace skiff::oci::native
