#pragma once
/// The responder's event loop.

#include <map>
#include <memory>

#include "network/dns/connections.h"
#include "network/dns/decide.h"
#include "network/dns/followed_file.h"
#include "network/dns/forwarder.h"
#include "network/dns/host_servers.h"
#include "network/dns/listeners.h"
#include "network/dns/responder.h"

namespace skiff::network::dns {

class Server {
public:
    /// Reads the records and binds the gateways' addresses. Throws Error.
    Server(fs::path directory, Redirect redirect);

    std::uint16_t port() const noexcept { return listeners_.port; }
    /// Until the network has no member any more; its directory is removed then.
    void run();

private:
    struct Followed {
        explicit Followed(const fs::path& directory);
        FollowedFile file;
        View view;
        bool present = false;
        /// True when it was read again. What cannot be read leaves the former view.
        bool refresh();
    };

    void listen();
    void redirect_to(std::uint16_t port) const;
    void watch_directory();
    void refresh();
    void step();
    void dispatch(const epoll_event& event);
    void read_udp(std::uint32_t number);
    void handle(const Client& client, Bytes message);
    void deliver(const Client& client, const std::string& answer);
    const View* other_view(const std::string& network_id);
    std::vector<Upstream> servers_for(const Decision& decision);
    std::chrono::milliseconds patience() const;
    void rest();
    bool are_there_members() const;
    bool end_if_deserted();

    fs::path directory_;
    Redirect redirect_;
    Poller poller_;
    UniqueFd watch_;
    Followed own_;
    std::map<std::string, std::unique_ptr<Followed>> others_;
    HostServers host_servers_;
    Listeners listeners_;
    Connections connections_;
    Forwarder forwarder_;
    std::uint32_t turn_ = 0;
    bool rested_ = false;
};

}  // namespace skiff::network::dns
