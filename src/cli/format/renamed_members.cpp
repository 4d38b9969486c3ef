#include "cli/format/renamed_members.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

namespace skiff::cli::tmpl {
namespace {

/// What is more than a small first letter.
constexpr std::pair<std::string_view, std::string_view> kRenamed[] = {
    {"AppArmorEnabled", "apparmorEnabled"},
    {"CPUs", "cpus"},
    {"CgroupsVersion", "cgroupVersion"},
    {"DNSEnabled", "dns_enabled"},
    {"EndIP", "end_ip"},
    {"GIDMap", "gidmap"},
    {"Healthcheck", "Health"},  // of State: podman's older name
    {"ID", "id"},
    {"IDMappings", "idMappings"},
    {"IPAMOptions", "ipam_options"},
    {"IPNet", "ipnet"},
    {"IPv6Enabled", "ipv6_enabled"},
    {"LeaseRange", "lease_range"},
    {"MacAddress", "mac_address"},
    {"NetworkDNSServers", "network_dns_servers"},
    {"NetworkInterface", "network_interface"},
    {"OCIRuntime", "ociRuntime"},
    {"OS", "os"},
    {"SECCOMPEnabled", "seccompEnabled"},
    {"SELinuxEnabled", "selinuxEnabled"},
    {"StartIP", "start_ip"},
    {"UIDMap", "uidmap"},
};

}  // namespace

std::string json_key(std::string_view field) {
    const auto found = std::find_if(std::begin(kRenamed), std::end(kRenamed), [&](const auto& name) { return name.first == field; });
    if (found != std::end(kRenamed)) return std::string{found->second};
    std::string key{field};
    if (!key.empty()) key[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(key[0])));
    return key;
}

}  // namespace skiff::cli::tmpl
