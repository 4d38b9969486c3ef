#include <arpa/inet.h>

#include "libpod/parse/name_resolution.h"
#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"

namespace skiff::libpod {

bool is_ip_address(std::string_view text) {
    unsigned char buffer[sizeof(in6_addr)];
    const std::string address{text};
    return ::inet_pton(AF_INET, address.c_str(), buffer) == 1 || ::inet_pton(AF_INET6, address.c_str(), buffer) == 1;
}

void check_hostname(std::string_view hostname) {
    constexpr std::string_view kGrammar = "at most 64 letters, digits, dots and hyphens, the first a letter or digit";
    const bool fits = consists_of(hostname, concat(kAlphanumeric, ".-_")) && hostname.size() <= 64 &&
                      consists_of(hostname.substr(0, 1), kAlphanumeric);
    if (!fits) refuse("hostname", hostname.substr(0, 80), "is malformed", kGrammar);
}

ExtraHost parse_extra_host(std::string_view text) {
    constexpr std::string_view kGrammar = "NAME[;NAME…]:ADDRESS";
    const auto parts = split_once(text, ':');
    if (!parts) refuse("--add-host", text, "has no colon", kGrammar);
    ExtraHost host{split(parts->first, ';'), parts->second};
    if (host.address.starts_with('[') && host.address.ends_with(']')) host.address = host.address.substr(1, host.address.size() - 2);
    if (host.address != "host-gateway" && !is_ip_address(host.address)) refuse("--add-host", text, "the address is malformed", kGrammar);
    for (const auto& name : host.names) {
        if (!consists_of(name, concat(kAlphanumeric, ".-_")) || name.size() > 253) refuse("--add-host", text, "a name is malformed", kGrammar);
    }
    return host;
}

DnsOptions parse_dns(const std::vector<std::string>& servers, const std::vector<std::string>& searches,
                     const std::vector<std::string>& options) {
    const bool none = servers.size() == 1 && servers.front() == "none";
    for (const auto& server : servers) {
        if (none) continue;
        if (server == "none") refuse("--dns", server, "allows no other server beside it");
        if (!is_ip_address(server)) refuse("--dns", server, "is no address", "an IPv4 or IPv6 address");
    }
    for (const auto& domain : searches) {
        const bool fits = domain == "." || (consists_of(domain, concat(kAlphanumeric, ".-_")) && domain.size() <= 253);
        if (!fits) refuse("--dns-search", domain, "is no domain");
    }
    for (const auto& option : options) {
        if (!consists_of(option, concat(kAlphanumeric, ":-_."))) refuse("--dns-option", option, "is malformed");
    }
    return {servers, searches, options};
}

}  // namespace skiff::libpod
