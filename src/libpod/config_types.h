#pragma once
/// The values that a container's options and its stored configuration share. Plain data: equality, no behaviour.
/// Units are in the names; paths are as the container (destination) or the host (source) sees them.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::libpod {

/// How one namespace of the container comes about (--pid, --ipc, --uts, --network, --cgroupns, --userns).
enum class NamespaceKind {
    Default,    ///< not said: containers.conf or the engine decides; never in a stored configuration
    Private,    ///< a new one
    Host,       ///< the host's
    Container,  ///< that of another container; `value` is its name (options) or ID (configuration)
    Path,       ///< the namespace file `value`
    None,       ///< ipc: private without a shared /dev/shm; network: a new one with loopback only
    Shareable,  ///< ipc: a new one that others may join
    Bridge,     ///< network: attached to the networks listed beside it
};
struct NamespaceMode {
    NamespaceKind kind = NamespaceKind::Default;
    std::string value;
    bool operator==(const NamespaceMode&) const = default;
};

struct Namespaces {
    NamespaceMode pid, ipc, network, uts, user, cgroup;
    bool operator==(const Namespaces&) const = default;
};

/// One line of uid_map or gid_map.
struct IdMapping {
    std::uint32_t container_id = 0;
    std::uint32_t host_id = 0;
    std::uint32_t count = 0;
    bool operator==(const IdMapping&) const = default;
};

enum class MountKind { Bind, Tmpfs, Volume, Image, Devpts, Ramfs, Mqueue };
/// One -v, --mount, --tmpfs or image volume.
struct MountConfig {
    MountKind kind = MountKind::Bind;
    std::string source;       ///< Bind: absolute host path. Volume: its name, empty in options: anonymous. Image: its reference
    std::string destination;  ///< absolute, lexically clean, never "/"
    std::vector<std::string> options;  ///< for the kernel or the runtime: "ro", "nosuid", "rshared", "size=64m" …
    std::string subpath;      ///< Volume, Image: the part that is mounted
    std::string upper_dir, work_dir;  ///< Overlay: -v …:O,upperdir=…,workdir=…
    bool overlay = false;     ///< :O, a writable layer over the source that goes with the container
    bool chown = false;       ///< :U
    bool relabel_shared = false;   ///< :z
    bool relabel_private = false;  ///< :Z
    bool copy = true;         ///< Volume: filled from the image when new (nocopy switches it off)
    bool id_mapped = false;   ///< :idmap
    std::vector<IdMapping> uid_map, gid_map;  ///< :idmap=uids=…;gids=…; empty: the container's own
    bool from_image = false;  ///< asked for by the image's VOLUME
    bool anonymous = false;   ///< Volume: nobody named it; its name is random
    bool operator==(const MountConfig&) const = default;
};

/// --device HOST[:CONTAINER[:PERMISSIONS]]; a directory stands for all devices below it.
struct DeviceConfig {
    std::string host_path;
    std::string container_path;
    std::string permissions = "rwm";
    bool operator==(const DeviceConfig&) const = default;
};

/// --device-cgroup-rule "TYPE MAJOR:MINOR ACCESS"; nullopt is "*".
struct DeviceRule {
    char type = 'a';  ///< a, b, c
    std::optional<std::int64_t> major, minor;
    std::string access = "rwm";
    bool operator==(const DeviceRule&) const = default;
};

struct Ulimit {
    std::string name;        ///< "nofile", without RLIMIT_
    std::int64_t soft = -1;  ///< -1: unlimited
    std::int64_t hard = -1;
    bool operator==(const Ulimit&) const = default;
};

struct DeviceRate {
    std::string path;
    std::uint64_t rate = 0;  ///< bytes or operations a second; a weight for weights
    bool operator==(const DeviceRate&) const = default;
};

/// Limits for the container's cgroup. Source: runtime-spec, config-linux.md, Control groups.
struct Resources {
    std::optional<std::int64_t> memory_bytes;
    std::optional<std::int64_t> memory_swap_bytes;  ///< memory and swap together; -1: unlimited
    std::optional<std::int64_t> memory_reservation_bytes;
    std::optional<std::int64_t> memory_swappiness;  ///< 0 … 100
    bool oom_kill_disable = false;
    std::optional<std::uint64_t> cpu_period_us;
    std::optional<std::int64_t> cpu_quota_us;
    std::optional<std::uint64_t> cpu_shares;
    std::optional<std::uint64_t> cpu_rt_period_us;
    std::optional<std::int64_t> cpu_rt_runtime_us;
    std::string cpuset_cpus, cpuset_mems;
    std::optional<std::int64_t> pids_limit;  ///< -1: unlimited; unset in options: containers.conf decides
    std::optional<std::uint16_t> blkio_weight;
    std::vector<DeviceRate> blkio_weight_device;
    std::vector<DeviceRate> device_read_bps, device_write_bps, device_read_iops, device_write_iops;
    std::map<std::string, std::string> unified;  ///< --cgroup-conf: file name to value, cgroup v2 only
    bool operator==(const Resources&) const = default;
};

/// What --security-opt says.
struct SecurityOptions {
    bool no_new_privileges = false;
    std::string seccomp_profile;   ///< empty: the default profile; "unconfined"; else a file's absolute path
    std::string apparmor_profile;  ///< empty: the default; "unconfined"; else a loaded profile's name
    std::vector<std::string> label;  ///< "disable", "nested", "type:…", "level:…", "user:…", "role:…", "filetype:…"
    std::vector<std::string> mask, unmask;  ///< absolute paths; unmask may hold "ALL" and glob patterns
    std::string proc_opts;         ///< mount options of /proc, comma separated
    bool operator==(const SecurityOptions&) const = default;
};

enum class RestartKind { No, OnFailure, Always, UnlessStopped };
struct RestartPolicy {
    RestartKind kind = RestartKind::No;
    std::uint32_t max_retries = 0;  ///< OnFailure: 0 is without limit
    bool operator==(const RestartPolicy&) const = default;
};

struct LogConfig {
    std::string driver;  ///< k8s-file, json-file, journald, none, passthrough, passthrough-tty
    std::string path;    ///< --log-opt path=; empty: the engine's own place
    std::int64_t max_size_bytes = 0;  ///< 0: no limit
    std::int64_t max_files = 0;       ///< 0: the default
    std::string tag;
    bool operator==(const LogConfig&) const = default;
};

/// --add-host NAME:IP; `address` may be "host-gateway" until the network is set up.
struct ExtraHost {
    std::vector<std::string> names;
    std::string address;
    bool operator==(const ExtraHost&) const = default;
};

/// What the engine writes into resolv.conf. "none" as only search domain: no search line.
struct DnsOptions {
    std::vector<std::string> servers, searches, options;
    bool operator==(const DnsOptions&) const = default;
};

enum class ImageVolumeMode { Anonymous, Tmpfs, Ignore };

}  // namespace skiff::libpod
