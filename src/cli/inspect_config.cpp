/// The objects "Config" and "HostConfig" of `inspect`.

#include <algorithm>
#include <string>

#include "cli/inspect_container.h"
#include "cli/inspect_mounts.h"
#include "cli/ports.h"
#include "libpod/container_config.h"
#include "libpod/spec/expected.h"
#include "util/signals.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

using libpod::ContainerConfig;
using libpod::NamespaceKind;
using libpod::NamespaceMode;
using libpod::Resources;

std::string mode_word(const NamespaceMode& mode) {
    switch (mode.kind) {
        case NamespaceKind::Default: return "";
        case NamespaceKind::Private: return "private";
        case NamespaceKind::Host: return "host";
        case NamespaceKind::Container: return concat("container:", mode.value);
        case NamespaceKind::Path: return concat("ns:", mode.value);
        case NamespaceKind::None: return "none";
        case NamespaceKind::Shareable: return "shareable";
        case NamespaceKind::Bridge: return "bridge";
    }
    return {};
}

/// The default is what this host's cgroups make of it.
std::string cgroup_word(const ContainerConfig& config, const libpod::HostFacts& host) {
    if (config.namespaces.cgroup.kind != NamespaceKind::Default) return mode_word(config.namespaces.cgroup);
    return libpod::has_own_cgroup_namespace(config, host) ? "private" : "host";
}

std::string_view restart_word(libpod::RestartKind kind) {
    switch (kind) {
        case libpod::RestartKind::No: return "no";
        case libpod::RestartKind::OnFailure: return "on-failure";
        case libpod::RestartKind::Always: return "always";
        case libpod::RestartKind::UnlessStopped: return "unless-stopped";
    }
    return {};
}

/// What they are called and whose they are; never what they say.
OrderedJson secrets_of(const ContainerConfig& config) {
    OrderedJson list = OrderedJson::array();
    for (const libpod::SecretConfig& secret : config.secrets) {
        list.push_back({{"Name", secret.name}, {"ID", secret.id}, {"UID", secret.uid}, {"GID", secret.gid}, {"Mode", secret.mode}});
    }
    return list;
}

OrderedJson security_options(const libpod::SecurityOptions& security) {
    OrderedJson list = OrderedJson::array();
    if (security.no_new_privileges) list.push_back("no-new-privileges");
    if (!security.seccomp_profile.empty()) list.push_back(concat("seccomp=", security.seccomp_profile));
    if (!security.apparmor_profile.empty()) list.push_back(concat("apparmor=", security.apparmor_profile));
    for (const std::string& label : security.label) list.push_back(concat("label=", label));
    if (!security.mask.empty()) list.push_back(concat("mask=", join(security.mask, ":")));
    if (!security.unmask.empty()) list.push_back(concat("unmask=", join(security.unmask, ":")));
    return list;
}

/// Those asked for, and the defaults that a start adds.
OrderedJson ulimits_of(const ContainerConfig& config, const libpod::HostFacts& host) {
    auto limits = config.ulimits;
    for (libpod::Ulimit& limit : libpod::default_limits(config, host)) limits.push_back(std::move(limit));
    OrderedJson list = OrderedJson::array();
    for (const libpod::Ulimit& limit : limits) {
        std::string name = concat("RLIMIT_", limit.name);
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        list.push_back({{"Name", name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
    }
    return list;
}

OrderedJson devices_of(const ContainerConfig& config) {
    OrderedJson list = OrderedJson::array();
    for (const libpod::DeviceConfig& device : config.devices) {
        list.push_back({{"PathOnHost", device.host_path},
                        {"PathInContainer", device.container_path},
                        {"CgroupPermissions", device.permissions}});
    }
    for (const std::string& name : config.integration.cdi.devices) {
        list.push_back({{"PathOnHost", name}, {"PathInContainer", ""}, {"CgroupPermissions", ""}});
    }
    return list;
}

/// "CONTAINER:HOST:COUNT".
OrderedJson id_maps(const std::vector<libpod::IdMapping>& maps) {
    OrderedJson list = OrderedJson::array();
    for (const libpod::IdMapping& map : maps) list.push_back(concat(map.container_id, ":", map.host_id, ":", map.count));
    return list;
}

OrderedJson rates(const std::vector<libpod::DeviceRate>& given, const char* number) {
    if (given.empty()) return nullptr;
    OrderedJson list = OrderedJson::array();
    for (const libpod::DeviceRate& rate : given) list.push_back({{"Path", rate.path}, {number, rate.rate}});
    return list;
}

OrderedJson extra_hosts(const ContainerConfig& config) {
    OrderedJson list = OrderedJson::array();
    for (const libpod::ExtraHost& host : config.extra_hosts) list.push_back(concat(join(host.names, ";"), ":", host.address));
    return list;
}

// Fractions of a processor: podman derives NanoCpus from quota and period.
std::int64_t nano_cpus(const Resources& resources) {
    if (!resources.cpu_quota_us || *resources.cpu_quota_us <= 0 || resources.cpu_period_us.value_or(0) == 0) return 0;
    return *resources.cpu_quota_us * 1'000'000'000 / static_cast<std::int64_t>(*resources.cpu_period_us);
}

/// -1: limited memory with the host's swappiness.
std::int64_t swappiness_of(const Resources& resources) {
    const bool limited = resources.memory_bytes || resources.memory_reservation_bytes || resources.memory_swap_bytes;
    return resources.memory_swappiness.value_or(limited ? -1 : 0);
}

void add_resources(OrderedJson& json, const ContainerConfig& config, const libpod::HostFacts& host) {
    const Resources& resources = config.resources;
    json["CpuShares"] = resources.cpu_shares.value_or(0);
    json["Memory"] = resources.memory_bytes.value_or(0);
    json["NanoCpus"] = nano_cpus(resources);
    json["CgroupParent"] = config.cgroup_parent;
    json["BlkioWeight"] = resources.blkio_weight.value_or(0);
    json["BlkioWeightDevice"] = rates(resources.blkio_weight_device, "Weight");
    json["BlkioDeviceReadBps"] = rates(resources.device_read_bps, "Rate");
    json["BlkioDeviceWriteBps"] = rates(resources.device_write_bps, "Rate");
    json["BlkioDeviceReadIOps"] = rates(resources.device_read_iops, "Rate");
    json["BlkioDeviceWriteIOps"] = rates(resources.device_write_iops, "Rate");
    json["CpuPeriod"] = resources.cpu_period_us.value_or(0);
    json["CpuQuota"] = resources.cpu_quota_us.value_or(0);
    json["CpuRealtimePeriod"] = resources.cpu_rt_period_us.value_or(0);
    json["CpuRealtimeRuntime"] = resources.cpu_rt_runtime_us.value_or(0);
    json["CpusetCpus"] = resources.cpuset_cpus;
    json["CpusetMems"] = resources.cpuset_mems;
    json["Devices"] = devices_of(config);
    if (!config.uid_map.empty()) json["IDMappings"] = {{"UidMap", id_maps(config.uid_map)}, {"GidMap", id_maps(config.gid_map)}};
    json["DiskQuota"] = 0;
    json["KernelMemory"] = 0;
    json["MemoryReservation"] = resources.memory_reservation_bytes.value_or(0);
    json["MemorySwap"] = resources.memory_swap_bytes.value_or(0);
    json["MemorySwappiness"] = swappiness_of(resources);
    json["OomKillDisable"] = resources.oom_kill_disable;
    json["PidsLimit"] = resources.pids_limit.value_or(0);
    json["Ulimits"] = ulimits_of(config, host);
    json["CpuCount"] = 0;
    json["CpuPercent"] = 0;
    json["IOMaximumIOps"] = 0;
    json["IOMaximumBandwidth"] = 0;
    json["CgroupConf"] = resources.unified.empty() ? OrderedJson(nullptr) : OrderedJson(resources.unified);
}

OrderedJson log_config(const ContainerConfig& config, const std::string& log_path) {
    OrderedJson json;
    json["Type"] = config.log.driver;
    json["Config"] = nullptr;
    json["Path"] = log_path;
    json["Tag"] = config.log.tag;
    json["Size"] = config.log.max_size_bytes > 0 ? human_size(config.log.max_size_bytes) : "0B";
    return json;
}

OrderedJson list_or_null(const std::vector<std::string>& values) {
    return values.empty() ? OrderedJson(nullptr) : OrderedJson(values);
}

std::string_view action_word(libpod::HealthAction action) {
    switch (action) {
        case libpod::HealthAction::None: return "none";
        case libpod::HealthAction::Kill: return "kill";
        case libpod::HealthAction::Restart: return "restart";
        case libpod::HealthAction::Stop: return "stop";
    }
    return {};
}

void add_health(OrderedJson& json, const libpod::HealthConfig& health) {
    if (!health.test.empty()) {
        OrderedJson& check = json["Healthcheck"] = {{"Test", health.test}};
        if (health.start_period_ns != 0) check["StartPeriod"] = health.start_period_ns;
        if (health.interval_ns != 0) check["Interval"] = health.interval_ns;
        if (health.timeout_ns != 0) check["Timeout"] = health.timeout_ns;
        if (health.retries != 0) check["Retries"] = health.retries;
    }
    if (!health.startup.test.empty()) {
        json["StartupHealthCheck"] = {{"Test", health.startup.test},
                                      {"Interval", health.startup.interval_ns},
                                      {"Timeout", health.startup.timeout_ns},
                                      {"Retries", health.startup.retries},
                                      {"Successes", health.startup.successes}};
    }
    json["HealthcheckOnFailureAction"] = action_word(health.on_failure);
    json["HealthLogDestination"] = health.log_destination;
    json["HealthcheckMaxLogCount"] = health.max_log_count;
    json["HealthcheckMaxLogSize"] = health.max_log_size;
}

/// What the program had at the last init, with HOME, HOSTNAME and TERM; before there was one, what was asked for. Secrets are masked.
OrderedJson env_of(const ContainerConfig& config, const Json& spec) {
    const Json* process = spec.is_object() ? member(spec, "process") : nullptr;
    if (process == nullptr || !process->contains("env")) return config.env;
    OrderedJson list = OrderedJson::array();
    for (std::string entry : strings_or_empty(*process, "env")) {
        const std::string name = entry.substr(0, entry.find('='));
        const bool secret = std::ranges::any_of(config.secrets, [&](const libpod::SecretConfig& one) { return one.env && one.target == name; });
        list.push_back(secret ? concat(name, "=*******") : std::move(entry));
    }
    return list;
}

}  // namespace

OrderedJson inspect_config(const ContainerConfig& config, const Json& spec) {
    OrderedJson json = object_of(32);
    json["Hostname"] = config.hostname.empty() ? config.id.substr(0, 12) : config.hostname;
    json["Domainname"] = "";
    json["User"] = config.user;
    json["AttachStdin"] = false;
    json["AttachStdout"] = false;
    json["AttachStderr"] = false;
    if (auto ports = exposed_ports(config); !ports.empty()) json["ExposedPorts"] = std::move(ports);
    json["Tty"] = config.terminal;
    json["OpenStdin"] = config.stdin_open;
    json["StdinOnce"] = false;
    json["Env"] = env_of(config, spec);
    json["Cmd"] = list_or_null(config.command);
    json["Image"] = config.image_name;
    json["Volumes"] = nullptr;
    json["WorkingDir"] = config.work_dir;
    json["Entrypoint"] = list_or_null(config.entrypoint);
    json["OnBuild"] = nullptr;
    json["Labels"] = config.labels.empty() ? OrderedJson(nullptr) : OrderedJson(config.labels);
    json["Annotations"] = config.annotations.empty() ? OrderedJson(nullptr) : OrderedJson(config.annotations);
    json["StopSignal"] = signal_name(config.stop_signal);
    add_health(json, config.supervision.health);
    json["CreateCommand"] = list_or_null(config.create_command);
    json["Umask"] = config.umask;
    if (!config.secrets.empty()) json["Secrets"] = secrets_of(config);
    json["Timeout"] = config.timeout_s;
    json["StopTimeout"] = config.stop_timeout_s;
    json["Passwd"] = config.passwd;
    json["sdNotifyMode"] = config.supervision.sdnotify;
    if (!config.time_zone.empty()) json["Timezone"] = config.time_zone;
    if (config.integration.systemd) json["SystemdMode"] = true;
    if (!config.chroot_dirs.empty()) json["ChrootDirs"] = config.chroot_dirs;
    return json;
}

OrderedJson inspect_host_config(const ContainerConfig& config, const std::string& log_path) {
    const libpod::HostFacts host = libpod::probe_host();
    OrderedJson json = object_of(80);
    json["Binds"] = inspect_binds(config);
    json["CgroupManager"] = config.cgroup_manager;
    json["CgroupMode"] = cgroup_word(config, host);
    json["ContainerIDFile"] = config.cid_file;
    json["LogConfig"] = log_config(config, log_path);
    json["NetworkMode"] = mode_word(config.namespaces.network);
    json["PortBindings"] = port_bindings(config, /*with_exposed=*/false);
    json["RestartPolicy"] = {{"Name", restart_word(config.restart.kind)}, {"MaximumRetryCount", config.restart.max_retries}};
    json["AutoRemove"] = config.remove;
    json["AutoRemoveImage"] = config.remove_image;
    json["Annotations"] = config.annotations.empty() ? OrderedJson(nullptr) : OrderedJson(config.annotations);
    json["VolumeDriver"] = "";
    json["VolumesFrom"] = list_or_null(config.volumes_from);
    json["CapAdd"] = config.cap_add;
    json["CapDrop"] = config.cap_drop;
    json["Dns"] = config.dns.servers;
    json["DnsOptions"] = config.dns.options;
    json["DnsSearch"] = config.dns.searches;
    json["ExtraHosts"] = extra_hosts(config);
    json["HostsFile"] = "";
    json["GroupAdd"] = config.groups;
    json["IpcMode"] = mode_word(config.namespaces.ipc);
    json["Cgroup"] = "";
    json["Cgroups"] = config.cgroups == "enabled" ? "default" : config.cgroups;
    json["Links"] = nullptr;
    json["OomScoreAdj"] = config.oom_score_adj.value_or(0);
    json["PidMode"] = mode_word(config.namespaces.pid);
    json["Privileged"] = config.privileged;
    json["PublishAllPorts"] = config.asked.publish_all;
    json["ReadonlyRootfs"] = config.read_only;
    json["SecurityOpt"] = security_options(config.security);
    json["Tmpfs"] = inspect_tmpfs(config);
    json["UTSMode"] = mode_word(config.namespaces.uts);
    const bool own_users = config.namespaces.user.kind != NamespaceKind::Host;
    json["UsernsMode"] = own_users ? mode_word(config.namespaces.user) : "";
    json["ShmSize"] = config.shm_size_bytes;
    json["Runtime"] = "oci";
    json["ConsoleSize"] = {0, 0};
    json["Isolation"] = "";
    if (config.init) json["Init"] = true;
    add_resources(json, config, host);
    return json;
}

}  // namespace skiff::cli
