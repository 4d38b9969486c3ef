#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "libpod/spec/interface_sysctls.h"
#include "libpod/spec/parts.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {

bool has_own_user_namespace(const ContainerConfig& config) { return config.namespaces.user.kind != NamespaceKind::Host; }

bool has_own_cgroup_namespace(const ContainerConfig& config, const HostFacts& host) {
    const auto kind = config.namespaces.cgroup.kind;
    return kind == NamespaceKind::Default ? host.cgroups == CgroupMode::V2 : kind != NamespaceKind::Host;
}

std::string cgroups_path(const ContainerConfig& config, const std::string& split_parent) {
    const bool systemd = config.cgroup_manager == "systemd" && split_parent.empty();
    if (systemd) return concat(config.cgroup_parent.empty() ? "skiff.slice" : config.cgroup_parent, ":skiff:", config.id);
    std::string parent = !split_parent.empty() ? split_parent : config.cgroup_parent.empty() ? "/skiff" : config.cgroup_parent;
    if (!parent.starts_with('/')) parent.insert(0, 1, '/');
    while (parent.size() > 1 && parent.ends_with('/')) parent.pop_back();
    return concat(parent == "/" ? "" : parent, "/skiff-", config.id);
}

namespace {

constexpr std::array<const char*, 12> kMasked{"/proc/acpi",          "/proc/kcore",       "/proc/keys",       "/proc/latency_stats",
                                              "/proc/timer_list",    "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
                                              "/sys/firmware",       "/sys/fs/selinux",   "/sys/dev/block",   "/sys/devices/virtual/powercap"};
constexpr std::array<const char*, 6> kReadOnly{"/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

template <std::size_t N>
std::vector<std::string> less_unmasked(const std::array<const char*, N>& paths, const std::vector<std::string>& unmask) {
    std::vector<std::string> out;
    for (const auto* path : paths) {
        const bool open = std::any_of(unmask.begin(), unmask.end(), [&](auto& pattern) {
            return pattern == "ALL" || ::fnmatch(pattern.c_str(), path, FNM_PATHNAME) == 0;
        });
        if (!open) out.emplace_back(path);
    }
    return out;
}

void set_masks(const ContainerConfig& config, Json& out) {
    if (config.privileged) return;
    const auto& security = config.security;
    auto masked = less_unmasked(kMasked, security.unmask);
    masked.insert(masked.end(), security.mask.begin(), security.mask.end());
    // With cgroup v1 the hierarchy that systemd may write to is the host's: this file names a program for the host to run.
    if (config.integration.systemd) masked.emplace_back("/sys/fs/cgroup/systemd/release_agent");
    const auto read_only = less_unmasked(kReadOnly, security.unmask);
    if (!masked.empty()) out["maskedPaths"] = masked;
    if (!read_only.empty()) out["readonlyPaths"] = read_only;
}

/// One entry of linux.namespaces; none when the host's is shared.
class NamespaceList {
public:
    explicit NamespaceList(const SpecInputs& inputs) : inputs_{inputs} {}

    void add(const char* type, const NamespaceMode& mode) {
        const auto joined = inputs_.joined_namespaces.find(type);
        if (joined != inputs_.joined_namespaces.end()) return add_path(type, joined->second.string());
        switch (mode.kind) {
            case NamespaceKind::Host: return;
            case NamespaceKind::Path: return add_path(type, mode.value);
            case NamespaceKind::Container:
                throw Error{ErrorKind::NotFound, concat("the ", type, " namespace of container ", quote(mode.value), " is not known")};
            case NamespaceKind::Default:
            case NamespaceKind::Private:
            case NamespaceKind::None:
            case NamespaceKind::Shareable:
            case NamespaceKind::Bridge: out_.push_back({{"type", type}}); return;
        }
    }
    void add_path(const char* type, const std::string& path) { out_.push_back({{"type", type}, {"path", path}}); }
    Json take() { return std::move(out_); }

private:
    const SpecInputs& inputs_;
    Json out_ = Json::array();
};

Json namespaces_part(const ContainerConfig& config, const SpecInputs& inputs) {
    NamespaceList list{inputs};
    const auto& modes = config.namespaces;
    if (has_own_user_namespace(config)) list.add("user", modes.user);
    list.add("pid", modes.pid);
    list.add("network", modes.network);
    list.add("ipc", modes.ipc);
    list.add("uts", modes.uts);
    list.add("mount", {NamespaceKind::Private, {}});
    if (has_own_cgroup_namespace(config, inputs.host)) list.add("cgroup", modes.cgroup);
    return list.take();
}

Json mappings(const std::vector<IdMapping>& map) {
    Json out = Json::array();
    for (const auto& entry : map) out.push_back({{"containerID", entry.container_id}, {"hostID", entry.host_id}, {"size", entry.count}});
    return out;
}

Json device_rules(const ContainerConfig& config, const SpecInputs& inputs) {
    if (config.privileged) return Json::array({{{"allow", true}, {"access", "rwm"}}});
    Json out = Json::array({{{"allow", false}, {"access", "rwm"}}});
    for (const auto& node : inputs.devices) {
        out.push_back({{"allow", true}, {"type", std::string(1, node.type)}, {"major", node.major}, {"minor", node.minor}, {"access", node.permissions}});
    }
    for (const auto& rule : config.device_rules) {
        Json entry{{"allow", true}, {"type", std::string(1, rule.type)}, {"access", rule.access}};
        if (rule.major) entry["major"] = *rule.major;
        if (rule.minor) entry["minor"] = *rule.minor;
        out.push_back(std::move(entry));
    }
    return out;
}

Json devices_part(const SpecInputs& inputs) {
    Json out = Json::array();
    for (const auto& node : inputs.devices) {
        out.push_back({{"path", node.path}, {"type", std::string(1, node.type)}, {"major", node.major}, {"minor", node.minor},
                       {"fileMode", node.mode}, {"uid", node.uid}, {"gid", node.gid}});
    }
    return out;
}

/// A mount that is to pass events on needs a root file system that does.
std::string root_propagation(const ContainerConfig& config) {
    std::string out;
    for (const auto& mount : config.mounts) {
        for (const auto& option : mount.options) {
            if (option == "shared" || option == "rshared") return "shared";
            if (option == "slave" || option == "rslave") out = "rslave";
        }
    }
    return out;
}

}  // namespace

Json linux_part(const ContainerConfig& config, const SpecInputs& inputs) {
    Json out{{"cgroupsPath", cgroups_path(config, inputs.split_parent)}, {"namespaces", namespaces_part(config, inputs)}};
    out["resources"] = resources_part(config.resources, inputs.host);
    out["resources"]["devices"] = device_rules(config, inputs);
    if (!inputs.devices.empty()) out["devices"] = devices_part(inputs);
    for (const auto& [key, value] : config.sysctls) {
        if (!is_interface_sysctl(config, key)) out["sysctl"][key] = value;
    }
    if (config.namespaces.user.kind == NamespaceKind::Private) {
        out["uidMappings"] = mappings(config.uid_map);
        out["gidMappings"] = mappings(config.gid_map);
    }
    if (!inputs.seccomp_json.empty()) out["seccomp"] = Json::parse(inputs.seccomp_json);
    if (const auto propagation = root_propagation(config); !propagation.empty()) out["rootfsPropagation"] = propagation;
    if (!config.personality.empty()) out["personality"] = {{"domain", config.personality}};
    if (!config.rdt_class.empty()) out["intelRdt"] = {{"closID", config.rdt_class}};
    set_masks(config, out);
    return out;
}

}  // namespace skiff::libpod
