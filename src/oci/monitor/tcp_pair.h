#pragma once
/// Two TCP connections of which each passes on what the other one says, half-closes included.

#include <string>

#include "util/poller.h"
#include "oci/monitor/socket_address.h"
#include "util/fd.h"

namespace skiff::oci::monitor {

class TcpPair {
public:
    enum class End : std::uint32_t { Client = 0, Target = 1 };

    /// Begins to connect to `target`; events of either end are to be handed to on_event() with `token` | end.
    /// Throws SystemError.
    TcpPair(Poller& poller, UniqueFd client, const SocketAddress& target, std::uint64_t token);
    TcpPair(const TcpPair&) = delete;
    TcpPair& operator=(const TcpPair&) = delete;
    ~TcpPair();

    /// False when it is over.
    bool on_event(End end, std::uint32_t events);

private:
    struct Half {
        UniqueFd socket;
        std::string waiting;  ///< for this end, what it could not take yet
        bool read_all = false;   ///< it said its last
        bool told_end = false;   ///< it was told that the other one said its last
        std::uint32_t polled = 0;
    };
    Half& half(End end) noexcept { return halves_[static_cast<std::size_t>(end)]; }
    static End other(End end) noexcept { return end == End::Client ? End::Target : End::Client; }
    bool finish_connect();
    bool take(End from);
    bool deliver(End to);
    void poll(End end);

    Poller& poller_;
    std::uint64_t token_;
    Half halves_[2];
    bool connected_ = false;
};

}  // namespace skiff::oci::monitor
