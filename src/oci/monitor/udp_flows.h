#pragma once
/// One UDP port that is served: each client's datagrams go on from a socket of their own, so that answers find back.

#include <chrono>
#include <map>
#include <string>

#include "util/poller.h"
#include "oci/monitor/socket_address.h"
#include "util/fd.h"

namespace skiff::oci::monitor {

class UdpFlows {
public:
    /// `listener` stays the caller's. Events of flows come with `token` | number of the flow (1 …).
    UdpFlows(Poller& poller, int listener, SocketAddress target, std::uint64_t token)
        : poller_{poller}, listener_{listener}, target_{target}, token_{token} {}

    /// Datagrams of clients.
    void on_listener();
    /// Answers of the container to one client.
    void on_flow(std::uint32_t number);

private:
    using Clock = std::chrono::steady_clock;
    struct Flow {
        UniqueFd socket;
        SocketAddress client;
        std::string control;  ///< which of the host's addresses was asked: the answer comes from there
        Clock::time_point used;
    };
    Flow* flow_of(const SocketAddress& client, const std::string& control);
    void make_room();
    void drop(std::uint32_t number);

    Poller& poller_;
    int listener_;
    SocketAddress target_;
    std::uint64_t token_;
    std::map<std::uint32_t, Flow> flows_;
    std::map<std::string, std::uint32_t> by_client_;
    std::uint32_t next_ = 1;
};

}  // namespace skiff::oci::monitor
