#pragma once
/// What `create` and `run` were asked for, parsed: the input of make_config(). The command line fills it by way
/// of parse/create_flags.h; kube play and clone fill it directly. An unset optional means "not said".

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libpod/config_types.h"
#include "libpod/integration.h"
#include "libpod/network_request.h"
#include "libpod/parse/health.h"
#include "libpod/publish_options.h"
#include "libpod/secret/secret_config.h"

namespace skiff::libpod {

struct CreateOptions {
    // What runs.
    std::string name;                ///< valid; empty: the engine invents one
    std::string image;               ///< as given; empty with a root directory
    std::string rootfs;              ///< --rootfs: absolute host directory
    bool rootfs_overlay = false;     ///< --rootfs DIR:O
    std::vector<std::string> command;                     ///< arguments after the image
    std::optional<std::vector<std::string>> entrypoint;   ///< set and empty: none, the image's CMD is dropped too
    std::optional<std::string> work_dir;
    std::optional<std::string> user;                      ///< user[:group]
    std::vector<std::string> groups;                      ///< --group-add
    bool terminal = false, stdin_open = false;
    std::optional<bool> init;                             ///< --init; unset: containers.conf
    std::string init_path;
    std::optional<std::string> stop_signal;
    std::optional<std::uint32_t> stop_timeout_s;
    std::uint32_t timeout_s = 0;     ///< --timeout; 0: none
    std::uint32_t preserve_fds = 0;
    std::string personality;         ///< LINUX, LINUX32

    // Environment, lowest first: engine, containers.conf, `proxy_env`, image, `host_env`, `env`.
    std::vector<std::pair<std::string, std::string>> proxy_env;  ///< proxies found in the caller's environment
    std::vector<std::pair<std::string, std::string>> host_env;   ///< --env-host: all of the caller's environment
    std::vector<std::pair<std::string, std::string>> env;        ///< files first, then --env, in order
    std::vector<std::string> env_merge;                          ///< "NAME=text with ${OTHER}"
    std::vector<std::string> unset_env;
    bool unset_env_all = false;

    // Identity and metadata.
    std::optional<std::string> hostname;
    bool no_hostname = false;
    std::map<std::string, std::string> labels, annotations;
    std::vector<std::string> create_command;  ///< the whole command line, for inspect and generate
    std::string cid_file, pid_file, conmon_pid_file;
    std::vector<std::string> requires_containers;

    // Isolation.
    Namespaces namespaces;
    std::vector<NetworkRequest> networks;  ///< with NamespaceKind::Bridge; the default network has an empty name
    PublishOptions publish;
    std::vector<IdMapping> uid_map, gid_map;
    std::vector<std::string> cap_add, cap_drop;  ///< "CAP_NET_ADMIN" or "ALL"
    bool privileged = false;
    SecurityOptions security;
    std::map<std::string, std::string> sysctls;
    std::vector<Ulimit> ulimits;
    bool ulimit_host = false;              ///< --ulimit host: the caller's own limits
    std::optional<std::string> umask;      ///< four octal digits

    // File systems and devices.
    std::vector<MountConfig> mounts;       ///< -v, --mount, --tmpfs; destinations unique
    std::vector<std::string> volumes_from;
    std::vector<SecretConfig> secrets;     ///< --secret; IDs are not known yet
    ImageVolumeMode image_volumes = ImageVolumeMode::Anonymous;
    bool read_only = false, read_only_tmpfs = true;
    std::optional<std::int64_t> shm_size_bytes;
    std::vector<DeviceConfig> devices;
    std::vector<DeviceRule> device_rules;
    std::vector<std::string> chroot_dirs;
    std::optional<std::string> time_zone;  ///< a zone name or "local"
    bool passwd = true;
    std::string passwd_entry, group_entry;
    std::vector<std::string> host_users;

    // Resources.
    Resources resources;
    std::optional<std::int64_t> oom_score_adj;
    std::string cgroup_parent;
    std::string cgroups;                   ///< enabled (default), disabled, no-conmon, split
    std::string rdt_class;

    // Name resolution.
    DnsOptions dns;
    std::vector<ExtraHost> extra_hosts;
    bool no_hosts = false;

    // Life.
    RestartPolicy restart;
    bool remove = false;                   ///< --rm
    bool runs_at_once = false;             ///< `run`: the caller starts it; with --rm, a caller that dies before leaves nothing
    bool remove_image = false;             ///< --rmi
    bool replace = false;
    LogConfig log;                         ///< empty driver: containers.conf
    std::string runtime;                   ///< --runtime; empty: containers.conf
    std::string sdnotify;                  ///< container, conmon, healthy, ignore; empty: container
    HealthFlags health;                    ///< applied to the image's own check
    IntegrationOptions integration;
};

}  // namespace skiff::libpod
