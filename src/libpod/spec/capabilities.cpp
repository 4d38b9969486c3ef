#include "libpod/spec/capabilities.h"

#include <algorithm>
#include <array>
#include <set>

#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// By number. Source: linux/capability.h.
constexpr std::array<const char*, 41> kCapabilityNames{
    "CAP_CHOWN",         "CAP_DAC_OVERRIDE",  "CAP_DAC_READ_SEARCH", "CAP_FOWNER",          "CAP_FSETID",        "CAP_KILL",
    "CAP_SETGID",        "CAP_SETUID",        "CAP_SETPCAP",         "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",     "CAP_NET_RAW",       "CAP_IPC_LOCK",        "CAP_IPC_OWNER",       "CAP_SYS_MODULE",    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",    "CAP_SYS_PTRACE",    "CAP_SYS_PACCT",       "CAP_SYS_ADMIN",       "CAP_SYS_BOOT",      "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",  "CAP_SYS_TIME",      "CAP_SYS_TTY_CONFIG",  "CAP_MKNOD",           "CAP_LEASE",         "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL", "CAP_SETFCAP",       "CAP_MAC_OVERRIDE",    "CAP_MAC_ADMIN",       "CAP_SYSLOG",        "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",    "CAP_PERFMON",         "CAP_BPF",             "CAP_CHECKPOINT_RESTORE"};

constexpr std::array<const char*, 11> kDefaults{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
                                                "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"};

using Names = std::vector<std::string>;

bool contains(const Names& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

void check_requests(const ContainerConfig& config, const Names& possible) {
    if (contains(config.cap_add, "ALL") && contains(config.cap_drop, "ALL")) {
        throw Error{ErrorKind::Invalid, "adding all caps and removing all caps not allowed"};
    }
    for (const auto& name : config.cap_add) {
        if (name != "ALL" && contains(config.cap_drop, name)) throw Error{ErrorKind::Invalid, concat("capability ", name, " is both added and dropped")};
        if (name != "ALL" && !contains(possible, name)) {
            throw Error{ErrorKind::Unsupported, concat("capability ", name, " cannot be given: this process does not have it itself")};
        }
    }
}

Names default_set(const ContainerConfig& config) {
    if (!config.default_capabilities.empty()) return config.default_capabilities;
    return {kDefaults.begin(), kDefaults.end()};
}

}  // namespace

std::vector<std::string> host_capabilities(const HostFacts& host) {
    Names out;
    for (std::size_t bit = 0; bit < kCapabilityNames.size(); ++bit) {
        if ((host.capabilities >> bit & 1U) != 0) out.emplace_back(kCapabilityNames[bit]);
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::string> bounding_capabilities(const ContainerConfig& config, const HostFacts& host) {
    const auto possible = host_capabilities(host);
    check_requests(config, possible);
    std::set<std::string> out;
    const bool all = config.privileged || contains(config.cap_add, "ALL");
    const auto base = all ? possible : default_set(config);
    if (all || !contains(config.cap_drop, "ALL")) out.insert(base.begin(), base.end());
    for (const auto& name : config.cap_drop) out.erase(name);
    for (const auto& name : config.cap_add) {
        if (name != "ALL") out.insert(name);
    }
    Names given;
    std::set_intersection(out.begin(), out.end(), possible.begin(), possible.end(), std::back_inserter(given));
    return given;
}

std::vector<std::string> added_capabilities(const ContainerConfig& config, const HostFacts& host) {
    const auto bounding = bounding_capabilities(config, host);
    if (contains(config.cap_add, "ALL")) return bounding;
    Names out;
    std::copy_if(bounding.begin(), bounding.end(), std::back_inserter(out), [&](auto& name) { return contains(config.cap_add, name); });
    return out;
}

Json capability_sets(const std::vector<std::string>& bounding, const std::vector<std::string>& of_user, uid_t uid) {
    Json sets{{"bounding", bounding}};
    const auto& held = uid == 0 ? bounding : of_user;
    const Names none;
    sets["effective"] = held;
    sets["permitted"] = held;
    sets["inheritable"] = uid == 0 ? none : of_user;
    sets["ambient"] = uid == 0 ? none : of_user;
    return sets;
}

}  // namespace skiff::libpod
