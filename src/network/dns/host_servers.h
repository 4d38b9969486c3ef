#pragma once
/// The servers that the host asks. Source: resolv.conf(5); systemd-resolved.service(8), "/etc/resolv.conf".

#include "network/dns/address.h"
#include "network/dns/followed_file.h"

namespace skiff::network::dns {

/// The nameserver lines of a resolv.conf. The C library takes the first three; here it is the first `kMaxServers`.
std::vector<Upstream> parse_nameservers(std::string_view text);
constexpr std::size_t kMaxServers = 8;

class HostServers {
public:
    explicit HostServers(fs::path resolv_conf = "/etc/resolv.conf", fs::path resolved = "/run/systemd/resolve/resolv.conf");

    /// As the files are now. Where the host asks only itself, systemd-resolved's own servers stand in for its stub when there
    /// are any; else the loopback servers are asked as they are, which works from the host's namespace. Without a single line
    /// it is 127.0.0.1.
    const std::vector<Upstream>& current();

private:
    FollowedFile resolv_conf_;
    FollowedFile resolved_;
    std::vector<Upstream> servers_;
};

}  // namespace skiff::network::dns
