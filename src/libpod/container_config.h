#pragma once
/// A container's configuration: complete, immutable once stored (container.config, JSON), and all that is needed,
/// with the host's facts, to make the OCI spec again at each start. Only the name can change later; it lives in its
/// own table and is repeated here as it was at creation.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/asked.h"
#include "libpod/config_types.h"
#include "libpod/integration.h"
#include "libpod/secret/secret_config.h"
#include "libpod/supervision.h"
#include "network/port_mapping.h"
#include "util/clock.h"

namespace skiff::libpod {

struct ContainerConfig {
    std::string id;    ///< 64 hex digits
    std::string name;
    UnixNanos created_at = 0;
    std::vector<std::string> create_command;

    // Where the root file system comes from: an image, or a directory.
    std::string image_id;        ///< empty with a root directory
    std::string image_name;      ///< full reference
    std::string raw_image_name;  ///< as the user gave it
    std::string top_layer;       ///< chain ID; empty: no layers
    std::string rootfs;          ///< host directory
    bool rootfs_overlay = false;

    // The process.
    std::vector<std::string> entrypoint;
    std::vector<std::string> command;  ///< without the entrypoint; argv is entrypoint + command
    std::vector<std::string> env;      ///< "NAME=value", final but for HOME, HOSTNAME and TERM
    std::string work_dir = "/";
    std::string user;                  ///< user[:group] as given or from the image; empty: root
    std::vector<std::string> groups;
    bool terminal = false, stdin_open = false;
    bool init = false;                 ///< run below the embedded init stub
    std::string init_path;             ///< a host program in place of the embedded stub
    int stop_signal = 15;
    std::uint32_t stop_timeout_s = 10;
    std::uint32_t timeout_s = 0;
    std::uint32_t preserve_fds = 0;
    std::string personality;
    std::string umask = "0022";

    // Identity and metadata.
    std::string hostname;              ///< empty: derived (short ID, or that of the joined UTS namespace)
    bool no_hostname = false;          ///< no generated /etc/hostname
    std::map<std::string, std::string> labels, annotations;
    std::string cid_file, pid_file, conmon_pid_file;
    std::vector<std::string> requires_containers;

    // Isolation.
    Namespaces namespaces;
    std::vector<IdMapping> uid_map, gid_map;
    std::vector<std::string> cap_add, cap_drop;
    std::vector<std::string> default_capabilities;  ///< of containers.conf at creation
    bool privileged = false;
    SecurityOptions security;
    std::map<std::string, std::string> sysctls;
    std::vector<Ulimit> ulimits;
    bool ulimit_host = false;

    // File systems and devices.
    std::vector<MountConfig> mounts;
    std::vector<std::string> volumes_from;
    std::vector<SecretConfig> secrets;
    ImageVolumeMode image_volumes = ImageVolumeMode::Anonymous;
    bool read_only = false, read_only_tmpfs = true;
    std::int64_t shm_size_bytes = 65536000;
    std::vector<DeviceConfig> devices;
    std::vector<DeviceRule> device_rules;
    std::vector<std::string> chroot_dirs;
    std::string time_zone;
    bool passwd = true;
    std::string passwd_entry, group_entry;
    std::vector<std::string> host_users;

    // Resources.
    Resources resources;
    std::optional<std::int64_t> oom_score_adj;
    std::string cgroup_parent;
    std::string cgroup_manager;        ///< "cgroupfs" or "systemd"
    std::string cgroups = "enabled";
    std::string rdt_class;

    // Name resolution.
    DnsOptions dns;
    std::vector<ExtraHost> extra_hosts;
    bool no_hosts = false;

    std::vector<network::PortMapping> ports;  ///< published ones, with the host ports that were chosen

    // Life.
    RestartPolicy restart;
    bool remove = false, remove_image = false;
    LogConfig log;
    std::string runtime;               ///< as given or configured; empty: the engine's choice
    Supervision supervision;
    Integration integration;
    Asked asked;

    // The image's wish, for inspect; never obeyed by itself.
    std::vector<std::string> exposed_ports;  ///< "80/tcp", with --expose
    std::string healthcheck_json;

    bool operator==(const ContainerConfig&) const = default;
};

/// Members with their default value are left out.
nlohmann::json to_json(const ContainerConfig& config);
/// From the stored text. Absent members get their default; unknown ones are ignored. Throws Error{Corrupt} on a wrong
/// type or word.
ContainerConfig read_config(std::string_view text);

/// The final argument vector: entrypoint, then command. May be empty (then it cannot be started).
std::vector<std::string> argv_of(const ContainerConfig& config);

}  // namespace skiff::libpod
