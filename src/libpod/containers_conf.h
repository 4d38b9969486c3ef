#pragma once
/// containers.conf: the configuration that the ecosystem shares.
///
/// Read in this order, later values win: /usr/share/containers/containers.conf, /etc/containers/containers.conf,
/// /etc/containers/containers.conf.d/*.conf by name; $CONTAINERS_CONF in place of all these;
/// $CONTAINERS_CONF_OVERRIDE on top. Source: containers.conf(5).

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::libpod {

namespace fs = std::filesystem;

/// One element of default_subnet_pools: subnets of `size` bits are cut from `base`.
struct ConfiguredPool {
    std::string base;
    std::int64_t size = 0;
};

/// Values as in the file, defaults as documented. Lists replace each other as a whole.
struct EngineConfig {
    // [containers]
    std::vector<std::string> annotations;
    std::string apparmor_profile;
    std::string base_hosts_file;               ///< empty: the host's; "image", "none", or a path
    std::string cgroupns, ipcns, pidns, utsns, userns, netns;  ///< empty: not said
    std::string cgroups = "enabled";
    std::vector<std::string> default_capabilities;  ///< empty: the engine's own list
    std::vector<std::string> default_sysctls{"net.ipv4.ping_group_range=0 0"};
    std::vector<std::string> default_ulimits;  ///< "nofile=1024:2048"
    std::vector<std::string> devices;
    std::vector<std::string> dns_servers, dns_options, dns_searches;
    std::vector<std::string> env;
    bool env_host = false;
    std::string host_containers_internal_ip;   ///< empty: the gateway of the container's first network
    bool http_proxy = true;
    bool init = false;
    std::string init_path;
    bool label = true;
    std::string log_driver = "k8s-file";
    std::int64_t log_size_max_bytes = -1;
    std::string log_tag;
    bool no_hosts = false;
    std::vector<std::string> mounts;
    std::optional<std::int64_t> oom_score_adj;
    std::int64_t pids_limit = 2048;
    bool privileged = false;
    bool read_only = false;
    std::string seccomp_profile;
    std::string shm_size = "65536k";
    std::string time_zone;
    std::string umask = "0022";
    std::vector<std::string> volumes;

    // [engine]
    std::vector<std::string> cdi_spec_dirs;    ///< empty: /etc/cdi, /var/run/cdi
    std::string cgroup_manager;                ///< empty: cgroupfs
    std::string detach_keys = "ctrl-p,ctrl-q";
    std::string events_logger;                 ///< file, journald, none: where events are mirrored to; empty: nowhere
    std::string events_logfile_path;           ///< empty: RUNROOT/events/events.log
    std::string events_logfile_max_size = "1m";
    bool healthcheck_events = true;
    std::vector<std::string> hooks_dir;
    std::string image_volume_mode;             ///< "anonymous" ("bind"), "tmpfs", "ignore"
    std::string pull_policy = "missing";
    std::string runtime;                       ///< empty: the engine's choice
    std::map<std::string, std::vector<std::string>> runtimes;  ///< name to candidate paths
    std::uint32_t stop_timeout_s = 10;

    // [network]
    std::string default_network;
    std::string default_subnet;
    std::vector<ConfiguredPool> default_subnet_pools;  ///< empty: the engine's own
    std::uint32_t dns_bind_port = 53;
};

/// Where to look; the defaults are the system's, tests give their own. The environment is the caller's to read.
struct ConfigLocations {
    std::vector<fs::path> files{"/usr/share/containers/containers.conf", "/etc/containers/containers.conf"};
    std::vector<fs::path> drop_ins{"/usr/share/containers/containers.conf.d", "/etc/containers/containers.conf.d"};
    std::string replacement;  ///< $CONTAINERS_CONF
    std::string on_top;       ///< $CONTAINERS_CONF_OVERRIDE
};

/// Absent files are skipped (but for those the environment names: Error{NotFound}); a malformed one is Error{Invalid}
/// with file, line and column. Unknown keys are logged at debug.
EngineConfig load_engine_config(const ConfigLocations& where = {});

}  // namespace skiff::libpod
