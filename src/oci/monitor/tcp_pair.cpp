#include "oci/monitor/tcp_pair.h"

#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kPieceBytes = 32 * 1024;

/// Closes with a reset: the client learns that nobody answered.
void abort_connection(int fd) noexcept {
    const linger at_once{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

TcpPair::TcpPair(Poller& poller, UniqueFd client, const SocketAddress& target, std::uint64_t token) : poller_{poller}, token_{token} {
    half(End::Client).socket = std::move(client);
    UniqueFd& socket = half(End::Target).socket;
    socket.reset(::socket(target.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) throw SystemError{errno, "serving a port"};
    if (::connect(socket.get(), target.get(), target.size) != 0 && errno != EINPROGRESS) throw SystemError{errno, "serving a port"};
    poll(End::Target);
}

TcpPair::~TcpPair() {
    for (const End end : {End::Client, End::Target}) {
        if (half(end).polled != 0) poller_.remove(half(end).socket.get());
    }
}

bool TcpPair::on_event(End end, std::uint32_t events) {
    if (!connected_) {
        if (end == End::Client || !finish_connect()) return false;
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !take(end)) return false;
    if ((events & EPOLLOUT) != 0 && !deliver(end)) return false;
    for (const End each : {End::Client, End::Target}) poll(each);
    return !half(End::Client).told_end || !half(End::Target).told_end;
}

bool TcpPair::finish_connect() {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(half(End::Target).socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    connected_ = error == 0;
    if (!connected_) abort_connection(half(End::Client).socket.get());
    return connected_;
}

/// One piece, when the other end has taken the last one.
bool TcpPair::take(End from) {
    Half& to = half(other(from));
    if (half(from).read_all || !to.waiting.empty()) return true;
    char piece[kPieceBytes];
    const ssize_t got = ::recv(half(from).socket.get(), piece, sizeof piece, 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) half(from).read_all = true;
    to.waiting.assign(piece, static_cast<std::size_t>(got));
    return deliver(other(from));
}

bool TcpPair::deliver(End end) {
    Half& to = half(end);
    while (!to.waiting.empty()) {
        const ssize_t sent = ::send(to.socket.get(), to.waiting.data(), to.waiting.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno == EAGAIN;
        to.waiting.erase(0, static_cast<std::size_t>(sent));
    }
    if (half(other(end)).read_all && !to.told_end) {
        ::shutdown(to.socket.get(), SHUT_WR);
        to.told_end = true;
    }
    return true;
}

/// An end that neither has to say nor to take anything is not watched: a hang-up of it would be reported without end.
void TcpPair::poll(End end) {
    Half& one = half(end);
    std::uint32_t wanted = 0;
    if (!connected_) {
        wanted = end == End::Target ? EPOLLOUT : 0U;
    } else {
        if (!one.read_all && half(other(end)).waiting.empty()) wanted |= EPOLLIN;
        if (!one.waiting.empty()) wanted |= EPOLLOUT;
    }
    if (wanted == one.polled) return;
    const std::uint64_t token = token_ | static_cast<std::uint32_t>(end);
    if (one.polled == 0) poller_.add(one.socket.get(), wanted, token);
    else if (wanted == 0) poller_.remove(one.socket.get());
    else poller_.modify(one.socket.get(), wanted, token);
    one.polled = wanted;
}

}  // namespace skiff::oci::monitor
