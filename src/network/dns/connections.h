#pragma once
/// TCP clients: few at a time, each one query after the other, none for long without one. Source: RFC 7766.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "network/dns/client.h"
#include "network/dns/name.h"
#include "util/fd.h"
#include "util/poller.h"

namespace skiff::network::dns {

using Clock = std::chrono::steady_clock;

class Connections {
public:
    /// Gets each query as it came. The answer comes by answer(), at once or later; one query a connection at a time.
    using Handle = std::function<void(const Client& client, Bytes query)>;
    Connections(Poller& poller, Handle handle);

    /// Takes what waits at a listening socket. Over the bounds, the connection that has been idle longest goes: of the same
    /// client first.
    void accept_from(int listener);
    void on_event(std::uint32_t number, std::uint32_t events);
    /// An empty answer closes the connection. Passed over when the client has gone meanwhile.
    void answer(const Client& client, const std::string& message);
    void expire(Clock::time_point now);
    Clock::time_point next_deadline() const;

private:
    struct Connection {
        UniqueFd socket;
        std::uint32_t generation = 0;
        SocketAddress peer;
        std::string in;
        std::string out;
        bool waiting = false;  ///< for an answer
        bool ended = false;    ///< the client sends no more
        bool working = false;  ///< within work()
        Clock::time_point ends;
    };

    void add(UniqueFd socket, const SocketAddress& peer);
    Connection* slot_for(const IpAddress& source);
    Connection* find(std::uint32_t number);
    std::uint32_t number_of(const Connection& connection) const;
    void read(Connection& connection);
    void write(Connection& connection);
    void work(Connection& connection);
    void watch(Connection& connection);
    void drop(Connection& connection);

    Poller& poller_;
    Handle handle_;
    std::vector<Connection> connections_;
};

}  // namespace skiff::network::dns
