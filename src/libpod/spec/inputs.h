#pragma once
/// What a spec needs besides the stored configuration: facts of this start and of this host.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libpod/container_config.h"

namespace skiff::libpod {

namespace fs = std::filesystem;

/// The container's user as its own passwd and group files have it.
struct ResolvedUser {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  ///< supplementary, --group-add included
    std::string home = "/";
    std::string name;           ///< empty: no entry in passwd
};

enum class CgroupMode { V1, Hybrid, V2 };

/// A device that the container gets. Source: runtime-spec, config-linux.md, Devices.
struct DeviceNode {
    std::string path;  ///< in the container
    char type = 'c';   ///< b, c, p
    std::int64_t major = 0, minor = 0;
    std::uint32_t mode = 0666;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string permissions = "rwm";
};

struct HardLimits {
    std::int64_t nofile = -1, nproc = -1;  ///< of this process; -1: unlimited
    bool may_raise = true;                 ///< CAP_SYS_RESOURCE
};

struct HostFacts {
    CgroupMode cgroups = CgroupMode::V2;
    HardLimits limits;
    bool systemd_cgroup = false;   ///< not pure v2, and the hierarchy name=systemd is mounted
    bool apparmor = false;         ///< enabled, and the default profile is loaded
    bool selinux = false;
    std::uint32_t kernel_major = 5, kernel_minor = 0;
    std::string architecture = "amd64";  ///< Go's name
    std::uint64_t capabilities = ~0ULL;  ///< bounding set: what can be given at all, bit per capability
};
/// Reads /proc and /sys; a few system calls, nothing cached.
HostFacts probe_host();

struct SpecInputs {
    fs::path rootfs;        ///< mounted, or to be mounted, here
    fs::path run_dir;       ///< RUNROOT/<id>
    std::string split_parent;  ///< with --cgroups split: the cgroup in which the container's is made
    ResolvedUser user;
    std::string hostname;   ///< empty: the short ID, or the host's with the host's UTS namespace
    HostFacts host;

    // Generated files to bind mount; empty: not mounted.
    fs::path hosts_file, resolv_conf, hostname_file, containerenv, passwd_file, group_file, shm_dir;
    fs::path notify_dir;    ///< with --sdnotify container and a service manager: its socket's directory, at /run/notify
    fs::path init_stub;     ///< the embedded init, bind mounted read-only at /run/skiff-init; required with config.init

    /// Namespace files to join, by OCI name ("pid", "ipc", "network", "uts", "user", "cgroup", "mount"); they win over
    /// the configuration's mode. The network namespace of a container with networks comes this way.
    std::map<std::string, fs::path> joined_namespaces;
    fs::path local_time;    ///< resolved zone file for --tz; empty: none

    /// Host directory of each Volume, Image or :O mount by destination, as the core prepared it.
    std::map<std::string, fs::path> mount_sources;
    std::vector<MountConfig> secret_mounts;  ///< binds of files and of /run/secrets; a user's mount on the same place wins

    std::vector<DeviceNode> devices;  ///< collect_devices()
    /// The linux.seccomp object as JSON text; empty: none. seccomp_for().
    std::string seccomp_json;
    std::vector<std::string> env;     ///< added last (for instance a listening socket); may be empty
};

/// --device and, privileged, all of the host's devices. Reads the host's /dev. Throws Error{NotFound} naming a missing one.
std::vector<DeviceNode> collect_devices(const ContainerConfig& config);

/// The filter the configuration asks for, as linux.seccomp JSON text: empty when unconfined or privileged without a
/// profile. Default: /etc/containers/seccomp.json, /usr/share/containers/seccomp.json, or the built-in profile.
std::string seccomp_for(const ContainerConfig& config, const HostFacts& host);

/// The cgroup path as linux.cgroupsPath wants it: "/skiff/skiff-<id>" (cgroupfs) or "skiff.slice:skiff:<id>" (systemd), below
/// config.cgroup_parent when that is set. It follows from the ID alone, so that removal needs no record; with --cgroups split it is below
/// `split_parent`, in the form of cgroupfs.
std::string cgroups_path(const ContainerConfig& config, const std::string& split_parent);

}  // namespace skiff::libpod
