#pragma once
/// How a container fits in with what its host has: devices that vendors describe (CDI), a service manager inside of it,
/// the host's names. Plain data, in options and in the stored configuration.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::libpod {

/// --device VENDOR/CLASS=NAME and --gpus. Resolved at each start: a driver's files change when it is updated.
struct CdiRequest {
    std::vector<std::string> devices;    ///< "nvidia.com/gpu=all", in order, each once
    std::vector<std::string> spec_dirs;  ///< where specifications are looked for; later ones win; empty: the usual places
    bool operator==(const CdiRequest&) const = default;
};

/// Which IDs of the host a user namespace gets, where they are not said one by one.
struct IdChoice {
    bool automatic = false;         ///< --userns auto: a part of what /etc/subuid gives the user "containers" that no container has
    std::uint32_t size = 0;         ///< how many; 0: as many as the image needs, 1024 at least
    std::string subuid_name, subgid_name;  ///< --subuidname, --subgidname: all that these lines give
    bool any() const { return automatic || !subuid_name.empty() || !subgid_name.empty(); }
};

/// As asked for.
struct IntegrationOptions {
    std::string systemd = "true";        ///< true: when the command is a known init; false; always
    std::optional<std::int64_t> systemd_tmpfs_bytes;  ///< --shm-size-systemd
    CdiRequest cdi;
    IdChoice ids;
    std::optional<std::string> hosts_file;  ///< --hosts-file: a path, "image" or "none"
};

/// As stored.
struct Integration {
    bool systemd = false;                ///< the container's init is a service manager: tmpfs, writable cgroup, stop signal
    std::int64_t systemd_tmpfs_bytes = 0;  ///< of each of its tmpfs mounts; 0: the kernel's default
    CdiRequest cdi;
    std::string base_hosts_file;         ///< what /etc/hosts begins with: empty the host's, "image", "none", or a path
    std::string host_address;            ///< host.containers.internal; empty: the gateway's
    bool operator==(const Integration&) const = default;
};

}  // namespace skiff::libpod
