#pragma once
/// Option values about host names and name servers. All throw Error{Invalid}.

#include <string>
#include <string_view>
#include <vector>

#include "libpod/config_types.h"

namespace skiff::libpod {

bool is_ip_address(std::string_view text);
/// Source: sethostname(2) for the length, hostname(7) for the letters; underscores are let through as podman does.
void check_hostname(std::string_view hostname);
/// A search list of "." alone means none. Source: podman-run(1), --dns-search.
DnsOptions parse_dns(const std::vector<std::string>& servers, const std::vector<std::string>& searches,
                     const std::vector<std::string>& options);

}  // namespace skiff::libpod
