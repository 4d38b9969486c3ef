#pragma once
/// Queries on their way to the servers and back. Each has a socket of its own, connected to the server it asks: the kernel
/// picks a random port and passes on only what that server sends; with a random ID that is what RFC 5452 asks for.
///
/// A server that does not answer in time, refuses or fails is followed by the next, all of them twice, eight seconds at most;
/// who failed is asked last for half a minute. A client's TCP query goes on by TCP, by UDP where no server takes that.

#include <chrono>
#include <functional>
#include <vector>

#include "network/dns/client.h"
#include "network/dns/message.h"
#include "util/fd.h"
#include "util/poller.h"

namespace skiff::network::dns {

using Clock = std::chrono::steady_clock;

class Forwarder {
public:
    /// `deliver` gets the whole answer for the client.
    using Deliver = std::function<void(const Client& client, std::string answer)>;
    Forwarder(Poller& poller, Deliver deliver);

    /// Answers now (no server, or too many under way), later, or never: the same query of the same client is under way already.
    void ask(const Query& query, const Client& client, std::vector<Upstream> servers);
    void on_event(std::uint32_t number);
    /// Gives up waiting where it was long enough.
    void expire(Clock::time_point now);
    /// When expire() has something to do; Clock::time_point::max() when nothing is under way.
    Clock::time_point next_deadline() const;

private:
    struct Slot {
        bool used = false;
        std::uint32_t generation = 0;
        Query query;
        Client client;
        std::vector<Upstream> servers;
        std::size_t attempt = 0;
        UniqueFd socket;
        bool tcp = false;
        std::uint16_t id = 0;
        int strays = 0;              ///< packets that were no answer
        std::string out;             ///< by TCP: what is still to be sent
        std::string in;
        std::string failure;         ///< the last answer of a server that failed
        Clock::time_point attempt_ends;
        Clock::time_point ends;
    };

    Slot* free_slot(const Client& client);
    std::size_t attempts_of(const Slot& slot) const { return slot.servers.size() * 2; }
    std::size_t under_way_for(const IpAddress& source) const;
    bool is_under_way(const Client& client, const Query& query) const;
    void try_next(Slot& slot);
    bool open(Slot& slot, const Upstream& server);
    void read_udp(Slot& slot);
    void pump_tcp(Slot& slot);
    bool write_tcp(Slot& slot);
    bool read_tcp(Slot& slot);
    void take(Slot& slot, std::string message);
    void ask_another(Slot& slot);
    void fail_attempt(Slot& slot);
    void finish(Slot& slot, std::string answer);
    void close(Slot& slot);
    const Upstream& server_of(const Slot& slot) const { return slot.servers[slot.attempt % slot.servers.size()]; }

    struct Failed {
        Upstream server;
        Clock::time_point until;
    };
    void remember_failure(const Upstream& server);
    void put_failed_last(std::vector<Upstream>& servers);

    Poller& poller_;
    Deliver deliver_;
    std::vector<Slot> slots_;
    std::vector<Failed> failed_;
};

}  // namespace skiff::network::dns
