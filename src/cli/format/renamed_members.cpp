#include "cli/format/renamed_members.h"

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
    {"CreatedBy", "created_by"},  // of an image's History
    {"DNSEnabled", "dns_enabled"},
    {"EmptyLayer", "empty_layer"},
    {"EndIP", "end_ip"},
    {"GIDMap", "gidmap"},
    {"HealthCheck", "Healthcheck"},  // of an image
    {"Healthcheck", "Health"},  // of State: podman's older name
    {"ID", "id"},
    {"ID", "Id"},  // of an image or container
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

std::vector<std::string> json_keys(std::string_view field) {
    std::vector<std::string> keys;
    for (const auto& [name, key] : kRenamed)
        if (name == field) keys.emplace_back(key);
    if (!keys.empty()) return keys;
    std::string key{field};
    if (!key.empty()) key[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(key[0])));
    return {key};
}

}  // namespace skiff::cli::tmpl
