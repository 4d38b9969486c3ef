#include "network/dns/connections.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "network/dns/message.h"

namespace skiff::network::dns {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxConnections = 64;
constexpr std::size_t kMaxConnectionsPerClient = 16;
constexpr int kAcceptsPerEvent = 32;
/// From one answer to the next query's last byte, and for taking an answer: a trickle of bytes does not prolong it.
constexpr auto kIdlePatience = 10s;

}  // namespace

Connections::Connections(Poller& poller, Handle handle) : poller_{poller}, handle_{std::move(handle)} { connections_.reserve(kMaxConnections); }

std::uint32_t Connections::number_of(const Connection& connection) const {
    return slot_number(static_cast<std::uint32_t>(&connection - connections_.data()), connection.generation);
}

Connections::Connection* Connections::find(std::uint32_t number) {
    const std::uint32_t index = slot_index(number);
    if (index >= connections_.size()) return nullptr;
    Connection& connection = connections_[index];
    return connection.socket && number_of(connection) == number ? &connection : nullptr;
}

void Connections::accept_from(int listener) {
    for (int i = 0; i < kAcceptsPerEvent; ++i) {
        SocketAddress peer;
        UniqueFd socket{::accept4(listener, peer.get(), &peer.length, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (!socket) return;
        add(std::move(socket), peer);
    }
}

Connections::Connection* Connections::slot_for(const IpAddress& source) {
    std::size_t of_source = 0;
    Connection* free = nullptr;
    Connection* oldest = nullptr;
    Connection* oldest_of_source = nullptr;
    const auto is_older = [](const Connection& connection, const Connection* than) { return than == nullptr || connection.ends < than->ends; };
    for (auto& connection : connections_) {
        if (!connection.socket) {
            free = &connection;
            continue;
        }
        const bool same = connection.peer.address() == source;
        of_source += same ? 1 : 0;
        if (connection.waiting) continue;
        if (is_older(connection, oldest)) oldest = &connection;
        if (same && is_older(connection, oldest_of_source)) oldest_of_source = &connection;
    }
    if (of_source >= kMaxConnectionsPerClient) {
        if (oldest_of_source != nullptr) drop(*oldest_of_source);
        return oldest_of_source;
    }
    if (free != nullptr) return free;
    if (connections_.size() < kMaxConnections) return &connections_.emplace_back();
    if (oldest != nullptr) drop(*oldest);
    return oldest;
}

void Connections::add(UniqueFd socket, const SocketAddress& peer) {
    Connection* connection = slot_for(peer.address());
    if (connection == nullptr) return;  // all of them wait for an answer: this one is closed
    const std::uint32_t generation = connection->generation + 1;
    *connection = {};
    connection->socket = std::move(socket);
    connection->generation = generation;
    connection->peer = peer;
    connection->ends = Clock::now() + kIdlePatience;
    poller_.add(connection->socket.get(), EPOLLIN, token(Source::Connection, number_of(*connection)));
}

void Connections::on_event(std::uint32_t number, std::uint32_t events) {
    Connection* connection = find(number);
    if (connection == nullptr) return;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) drop(*connection);  // reset, or both sides are closed
    else if (!connection->out.empty()) write(*connection);
    else read(*connection);
}

void Connections::read(Connection& connection) {
    std::array<char, kLengthBytes + kMaxQueryBytes> buffer;
    const ssize_t got = ::recv(connection.socket.get(), buffer.data(), buffer.size() - std::min(connection.in.size(), buffer.size() - 1), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) {
        drop(connection);
        return;
    }
    if (got == 0) connection.ended = true;
    connection.in.append(buffer.data(), static_cast<std::size_t>(got));
    work(connection);
}

/// The next query, when it is whole and the answer to the one before is on its way.
void Connections::work(Connection& connection) {
    connection.working = true;
    while (connection.socket && !connection.waiting && connection.out.empty()) {
        const std::string& in = connection.in;
        const std::size_t length = in.size() < kLengthBytes ? 0 : static_cast<std::size_t>(static_cast<std::uint8_t>(in[0])) << 8 | static_cast<std::uint8_t>(in[1]);
        const bool whole = in.size() >= kLengthBytes && in.size() >= kLengthBytes + length;
        if (length > kMaxQueryBytes || (!whole && connection.ended)) {
            drop(connection);
            return;
        }
        if (!whole) break;
        const std::string query = in.substr(kLengthBytes, length);
        connection.in.erase(0, kLengthBytes + length);
        connection.waiting = true;
        handle_({true, number_of(connection), connection.peer}, {reinterpret_cast<const std::uint8_t*>(query.data()), query.size()});
    }
    connection.working = false;
    if (connection.socket) watch(connection);
}

void Connections::answer(const Client& client, const std::string& message) {
    Connection* connection = find(client.endpoint);
    if (connection == nullptr) return;
    if (message.empty() || message.size() > kMaxMessageBytes) {
        drop(*connection);
        return;
    }
    connection->waiting = false;
    connection->ends = Clock::now() + kIdlePatience;
    connection->out.push_back(static_cast<char>(message.size() >> 8));
    connection->out.push_back(static_cast<char>(message.size() & 0xFF));
    connection->out += message;
    write(*connection);
}

void Connections::write(Connection& connection) {
    const ssize_t put = ::send(connection.socket.get(), connection.out.data(), connection.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno != EAGAIN && errno != EINTR) {
        drop(connection);
        return;
    }
    if (put > 0) connection.out.erase(0, static_cast<std::size_t>(put));
    if (!connection.working) work(connection);
}

/// While an answer is awaited nothing is read: the client's own buffers hold what it sends meanwhile.
void Connections::watch(Connection& connection) {
    std::uint32_t events = EPOLLIN;
    if (connection.waiting || (connection.ended && connection.out.empty())) events = 0;
    if (!connection.out.empty()) events = EPOLLOUT;
    poller_.modify(connection.socket.get(), events, token(Source::Connection, number_of(connection)));
}

void Connections::drop(Connection& connection) {
    poller_.remove(connection.socket.get());
    connection.socket.reset();
    connection.in = {};
    connection.out = {};
}

void Connections::expire(Clock::time_point now) {
    for (auto& connection : connections_) {
        if (connection.socket && !connection.waiting && connection.ends <= now) drop(connection);
    }
}

Clock::time_point Connections::next_deadline() const {
    auto next = Clock::time_point::max();
    for (const auto& connection : connections_) {
        if (connection.socket && !connection.waiting) next = std::min(next, connection.ends);
    }
    return next;
}

}  // namespace skiff::network::dns
