#pragma once
/// Carries what reaches those held ports that have a target: TCP connections and UDP flows, copied both ways.
///
/// It has an epoll of its own: the monitor watches fd() and calls step() when there is something to do.

#include <map>
#include <string>
#include <vector>

#include "oci/monitor/held_port.h"
#include "util/poller.h"
#include "oci/monitor/socket_address.h"
#include "oci/monitor/tcp_pair.h"
#include "oci/monitor/udp_flows.h"

namespace skiff::oci::monitor {

class PortServer {
public:
    /// `sockets` as hold_ports() made them of `ports`; those without target are only kept.
    PortServer(const std::vector<HeldPort>& ports, std::vector<UniqueFd> sockets);
    /// False: nothing is served, fd() will never be ready.
    bool serves() const noexcept { return serves_; }
    int fd() const noexcept { return poller_.fd(); }
    void step();

private:
    struct Listener {
        UniqueFd socket;
        SocketAddress target;
        bool is_tcp = true;
        std::uint32_t number = 0;
    };
    void dispatch(const epoll_event& event);
    void accept_some(const Listener& listener);

    Poller poller_;
    bool serves_ = false;
    std::vector<UniqueFd> kept_;
    std::vector<Listener> listeners_;
    std::map<std::uint32_t, TcpPair> pairs_;
    std::map<std::uint32_t, UdpFlows> flows_;  ///< by the listener's number
    std::uint32_t next_pair_ = 1;
};

}  // namespace skiff::oci::monitor
