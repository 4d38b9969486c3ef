#pragma once
/// What a container's generated files say of its networks.

#include <filesystem>
#include <string>
#include <vector>

namespace skiff::libpod {

/// A line of /etc/hosts.
struct HostEntry {
    std::string address;
    std::vector<std::string> names;
};

struct NetworkFacts {
    std::vector<std::string> addresses;      ///< of the container; empty: it has only a loopback interface, or the host's
    std::string host_address;                ///< by which it reaches the host; empty: not at all
    std::vector<std::string> name_servers;   ///< responders of its networks; empty: the host's servers
    bool has_names = false;                  ///< on a network with names: "dns.podman" is searched
    std::filesystem::path shared_files;      ///< run directory of the container whose network is joined: its hosts and resolv.conf
};

}  // namespace skiff::libpod
