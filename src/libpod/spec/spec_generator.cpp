#include "libpod/spec/spec_generator.h"

#include <cctype>

#include "libpod/spec/parts.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

template <typename Value>
void put(OrderedJson& out, const char* key, const Value& value) {
    if (!value.empty()) out[key] = value;
}
void put_flag(OrderedJson& out, const char* key, bool value) {
    if (value) out[key] = true;
}

std::string_view mode_name(NamespaceKind kind) {
    switch (kind) {
        case NamespaceKind::Default: return "default";
        case NamespaceKind::Private: return "private";
        case NamespaceKind::Host: return "host";
        case NamespaceKind::Container: return "container";
        case NamespaceKind::Path: return "path";
        case NamespaceKind::None: return "none";
        case NamespaceKind::Shareable: return "shareable";
        case NamespaceKind::Bridge: return "bridge";
    }
    return "default";
}

OrderedJson mode_json(const NamespaceMode& mode) {
    OrderedJson json{{"nsmode", mode_name(mode.kind)}};
    put(json, "value", mode.value);
    return json;
}

OrderedJson env_json(const std::vector<std::string>& env) {
    OrderedJson json = OrderedJson::object();
    for (const auto& entry : env) {
        if (const auto pair = split_once(entry, '=')) json[pair->first] = pair->second;
    }
    return json;
}

void put_process(OrderedJson& out, const ContainerConfig& config) {
    put(out, "entrypoint", config.entrypoint);
    put(out, "command", config.command);
    if (!config.env.empty()) out["env"] = env_json(config.env);
    put_flag(out, "terminal", config.terminal);
    put_flag(out, "stdin", config.stdin_open);
    put(out, "work_dir", config.work_dir);
    put(out, "user", config.user);
    put(out, "groups", config.groups);
    put_flag(out, "init", config.init);
    put(out, "init_path", config.init_path);
    put(out, "umask", config.umask);
    out["stop_signal"] = config.stop_signal;
    out["stop_timeout"] = config.stop_timeout_s;
    if (config.timeout_s != 0) out["timeout"] = config.timeout_s;
    if (!config.personality.empty()) out["personality"] = {{"domain", config.personality}};
}

OrderedJson log_json(const LogConfig& log) {
    OrderedJson json{{"driver", log.driver}};
    put(json, "path", log.path);
    if (log.max_size_bytes > 0) json["size"] = log.max_size_bytes;
    OrderedJson options = OrderedJson::object();
    put(options, "tag", log.tag);
    if (log.max_files > 0) options["max-file"] = std::to_string(log.max_files);
    put(json, "options", options);
    return json;
}

std::string_view restart_name(RestartKind kind) {
    switch (kind) {
        case RestartKind::No: return "";
        case RestartKind::OnFailure: return "on-failure";
        case RestartKind::Always: return "always";
        case RestartKind::UnlessStopped: return "unless-stopped";
    }
    return "";
}

void put_identity(OrderedJson& out, const ContainerConfig& config) {
    put(out, "labels", config.labels);
    put(out, "annotations", config.annotations);
    put(out, "hostname", config.hostname);
    put(out, "containerCreateCommand", config.create_command);
    put(out, "dependencyContainers", config.requires_containers);
    put(out, "restart_policy", restart_name(config.restart.kind));
    if (config.restart.max_retries != 0) out["restart_tries"] = config.restart.max_retries;
    put_flag(out, "remove", config.remove);
    put(out, "oci_runtime", config.runtime);
    out["log_configuration"] = log_json(config.log);
    put(out, "timezone", config.time_zone);
    put(out, "image", config.image_id);
    put(out, "rootfs", config.rootfs);
    put_flag(out, "rootfs_overlay", config.rootfs_overlay);
}

OrderedJson id_maps(const std::vector<IdMapping>& maps) {
    OrderedJson json = OrderedJson::array();
    for (const auto& map : maps) json.push_back({{"container_id", map.container_id}, {"host_id", map.host_id}, {"size", map.count}});
    return json;
}

void put_namespaces(OrderedJson& out, const ContainerConfig& config) {
    out["pidns"] = mode_json(config.namespaces.pid);
    out["utsns"] = mode_json(config.namespaces.uts);
    out["ipcns"] = mode_json(config.namespaces.ipc);
    out["userns"] = mode_json(config.namespaces.user);
    out["cgroupns"] = mode_json(config.namespaces.cgroup);
    out["netns"] = mode_json(config.namespaces.network);
    if (config.uid_map.empty()) return;
    out["idmappings"] = {{"HostUIDMapping", false}, {"HostGIDMapping", false}, {"UIDMap", id_maps(config.uid_map)}, {"GIDMap", id_maps(config.gid_map)}};
}

void put_security(OrderedJson& out, const ContainerConfig& config) {
    put_flag(out, "privileged", config.privileged);
    put(out, "cap_add", config.cap_add);
    put(out, "cap_drop", config.cap_drop);
    put_flag(out, "no_new_privileges", config.security.no_new_privileges);
    put(out, "seccomp_profile_path", config.security.seccomp_profile);
    put(out, "apparmor_profile", config.security.apparmor_profile);
    put(out, "selinux_opts", config.security.label);
    put(out, "mask", config.security.mask);
    put(out, "unmask", config.security.unmask);
    if (!config.security.proc_opts.empty()) out["procfs_opts"] = split(config.security.proc_opts, ',');
    put(out, "sysctl", config.sysctls);
    put_flag(out, "read_only_filesystem", config.read_only);
    if (config.read_only) out["read_write_tmpfs"] = config.read_only_tmpfs;
}

/// What is no volume and no image.
OrderedJson mount_json(const MountConfig& mount) {
    OrderedJson json{{"destination", mount.destination}};
    json["type"] = mount.kind == MountKind::Tmpfs ? "tmpfs" : mount.kind == MountKind::Bind ? "bind" : mount.kind == MountKind::Devpts ? "devpts"
                 : mount.kind == MountKind::Ramfs ? "ramfs" : "mqueue";
    json["source"] = mount.kind == MountKind::Bind ? OrderedJson(mount.source) : json["type"];
    put(json, "options", mount.options);
    return json;
}

OrderedJson volume_json(const MountConfig& mount) {
    OrderedJson json{{"Name", mount.anonymous ? "" : mount.source}, {"Dest", mount.destination}};
    put(json, "Options", mount.options);
    put_flag(json, "IsAnonymous", mount.anonymous);
    put(json, "SubPath", mount.subpath);
    return json;
}

void put_mounts(OrderedJson& out, const ContainerConfig& config) {
    for (const auto& mount : config.mounts) {
        if (mount.kind == MountKind::Volume) {
            if (!mount.from_image) out["volumes"].push_back(volume_json(mount));
            continue;
        }
        if (mount.kind == MountKind::Image) {
            OrderedJson image{{"source", mount.source}, {"destination", mount.destination}};
            put(image, "subPath", mount.subpath);
            out["image_volumes"].push_back(std::move(image));
        } else if (mount.overlay) {
            out["overlay_volumes"].push_back({{"source", mount.source}, {"destination", mount.destination}, {"options", mount.options}});
        } else {
            out["mounts"].push_back(mount_json(mount));
        }
    }
    put(out, "volumes_from", config.volumes_from);
    put(out, "chroot_directories", config.chroot_dirs);
    out["shm_size"] = config.shm_size_bytes;
}

void put_devices(OrderedJson& out, const ContainerConfig& config) {
    for (const auto& device : config.devices) {
        out["devices"].push_back({{"path", concat(device.host_path, ":", device.container_path, ":", device.permissions)}, {"type", ""}, {"major", 0}, {"minor", 0}});
    }
    for (const auto& rule : config.device_rules) {
        OrderedJson json{{"allow", true}, {"type", std::string(1, rule.type)}};
        if (rule.major) json["major"] = *rule.major;
        if (rule.minor) json["minor"] = *rule.minor;
        json["access"] = rule.access;
        out["device_cgroup_rule"].push_back(std::move(json));
    }
}

void put_names(OrderedJson& out, const ContainerConfig& config) {
    put(out, "dns_server", config.dns.servers);
    put(out, "dns_search", config.dns.searches);
    put(out, "dns_option", config.dns.options);
    for (const auto& host : config.extra_hosts) {
        for (const auto& name : host.names) out["hostadd"].push_back(concat(name, ":", host.address));
    }
    put_flag(out, "use_image_hosts", config.no_hosts);
}

OrderedJson membership_json(const network::AttachmentConfig& config) {
    OrderedJson json = OrderedJson::object();
    for (const auto& address : {config.ip, config.ip6}) {
        if (address) json["static_ips"].push_back(address->text());
    }
    put(json, "aliases", config.aliases);
    if (config.mac) json["static_mac"] = config.mac->text();
    put(json, "interface_name", config.interface_name);
    return json;
}

void put_networks(OrderedJson& out, const Memberships& memberships) {
    for (const auto& [name, config] : memberships) out["Networks"][name] = membership_json(config);
}

void put_ports(OrderedJson& out, const ContainerConfig& config) {
    for (const auto& port : config.ports) {
        out["portmappings"].push_back({{"host_ip", port.host_ip},
                                       {"container_port", port.container_port},
                                       {"host_port", port.host_port},
                                       {"range", port.range},
                                       {"protocol", network::protocol_name(port.protocol)}});
    }
    for (const auto& exposed : config.exposed_ports) {
        const auto ports = network::parse_expose("exposed port", exposed);
        for (unsigned i = 0; i < ports.range; ++i) out["expose"][std::to_string(ports.container_port + i)] = network::protocol_name(ports.protocol);
    }
}

void put_secrets(OrderedJson& out, const ContainerConfig& config) {
    for (const auto& secret : config.secrets) {
        if (secret.env) out["secret_env"][secret.target] = secret.name;
        else out["secrets"].push_back({{"Source", secret.name}, {"Target", secret.target}, {"UID", secret.uid}, {"GID", secret.gid}, {"Mode", secret.mode}});
    }
}

void put_supervision(OrderedJson& out, const ContainerConfig& config) {
    out["sdnotifyMode"] = config.supervision.sdnotify;
    const HealthConfig& health = config.supervision.health;
    if (health.test.empty()) return;
    out["healthconfig"] = {{"Test", health.test}, {"StartPeriod", health.start_period_ns}, {"Interval", health.interval_ns},
                           {"Timeout", health.timeout_ns}, {"Retries", health.retries}};
}

std::string rlimit_name(const std::string& name) {
    std::string out = "RLIMIT_";
    for (const char letter : name) out += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    return out;
}

void put_resources(OrderedJson& out, const ContainerConfig& config) {
    Resources limits = config.resources;
    put(out, "unified", limits.unified);
    limits.unified.clear();
    HostFacts any_limit;  // whichever cgroups this host has, the request may ask for all of them
    any_limit.cgroups = CgroupMode::V1;
    const Json limits_json = resources_part(limits, any_limit);
    if (!limits_json.empty()) out["resource_limits"] = OrderedJson::parse(dump(limits_json));
    put(out, "cgroup_parent", config.cgroup_parent);
    put(out, "cgroups_mode", config.cgroups);
    if (config.oom_score_adj) out["oom_score_adj"] = *config.oom_score_adj;
    for (const auto& limit : config.ulimits) {
        out["r_limits"].push_back({{"type", rlimit_name(limit.name)}, {"hard", limit.hard}, {"soft", limit.soft}});
    }
}

}  // namespace

OrderedJson spec_generator(const ContainerConfig& config, const Memberships& networks) {
    OrderedJson out{{"name", config.name}};
    put_process(out, config);
    put_identity(out, config);
    put_namespaces(out, config);
    put_security(out, config);
    put_mounts(out, config);
    put_devices(out, config);
    put_names(out, config);
    put_networks(out, networks);
    put_ports(out, config);
    put_secrets(out, config);
    put_supervision(out, config);
    put_resources(out, config);
    return out;
}

}  // namespace skiff::libpod
