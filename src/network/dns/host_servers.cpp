#include "network/dns/host_servers.h"

#include <algorithm>

#include "util/text.h"

namespace skiff::network::dns {
namespace {

constexpr std::size_t kMaxResolvConfBytes = 1U << 20;

bool is_loopback(const Upstream& server) { return server.address.is_loopback(); }

}  // namespace

std::vector<Upstream> parse_nameservers(std::string_view text) {
    std::vector<Upstream> servers;
    for (const auto& line : split(text, '\n')) {
        std::string_view rest = trim(line);
        if (!rest.starts_with("nameserver") || servers.size() == kMaxServers) continue;
        rest.remove_prefix(std::string_view{"nameserver"}.size());
        if (rest.empty() || (rest[0] != ' ' && rest[0] != '\t')) continue;
        rest = trim(rest);
        if (const auto server = parse_upstream(rest.substr(0, rest.find_first_of(" \t#;")))) servers.push_back(*server);
    }
    return servers;
}

HostServers::HostServers(fs::path resolv_conf, fs::path resolved) : resolv_conf_{std::move(resolv_conf)}, resolved_{std::move(resolved)} {}

const std::vector<Upstream>& HostServers::current() {
    const bool own = resolv_conf_.changed();
    const bool theirs = resolved_.changed();
    if (!own && !theirs) return servers_;
    servers_ = parse_nameservers(resolv_conf_.read(kMaxResolvConfBytes).value_or(std::string{}));
    if (servers_.empty()) servers_ = parse_upstreams({"127.0.0.1"});
    if (!std::all_of(servers_.begin(), servers_.end(), is_loopback)) return servers_;
    auto behind = parse_nameservers(resolved_.read(kMaxResolvConfBytes).value_or(std::string{}));
    std::erase_if(behind, is_loopback);
    if (!behind.empty()) servers_ = std::move(behind);
    return servers_;
}

}  // namespace skiff::network::dns
