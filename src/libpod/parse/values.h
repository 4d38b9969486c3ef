#pragma once
/// Values shared by several commands (create, run, exec, update, rename, pod create), as users write them.
/// All throw Error{Invalid} naming the value, with the grammar as hint.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libpod/config_types.h"
#include "libpod/secret/secret_config.h"

namespace skiff::libpod {

/// A container, pod, volume or network name: [a-zA-Z0-9][a-zA-Z0-9_.-]*, 255 bytes at most. `what` is "container" …
void check_name(std::string_view what, std::string_view name);

/// --env values and --env-file lines, in order: "A=b", "A=" (empty), "A" (from `environment`, dropped when it is not
/// there), "A*" (all that begin so). Files: lines; # comments and blank lines skipped.
/// Source: podman-run(1), --env, --env-file.
std::vector<std::pair<std::string, std::string>> parse_env(const std::vector<std::string>& files,
                                                           const std::vector<std::string>& values,
                                                           const std::vector<std::string>& environment);

/// "key=value" or "key"; files one a line. Source: podman-run(1), --label, --label-file.
std::map<std::string, std::string> parse_labels(const std::vector<std::string>& files,
                                                const std::vector<std::string>& values);

/// Grammar of user[:group]: names, or decimal numbers below 2^31. An empty user is allowed only with nothing at all.
void check_user(std::string_view user);

/// "net_admin", "CAP_NET_ADMIN", "all" to "CAP_NET_ADMIN", "ALL".
std::string parse_capability(std::string_view name);

int parse_stop_signal(std::string_view text);
RestartPolicy parse_restart(std::string_view text);
Ulimit parse_ulimit(std::string_view text);
DeviceConfig parse_device(std::string_view text);
DeviceRule parse_device_rule(std::string_view text);
IdMapping parse_id_mapping(std::string_view text);
ExtraHost parse_extra_host(std::string_view text);
/// A string for --entrypoint: one word, a JSON array, or "" for none.
std::vector<std::string> parse_entrypoint(std::string_view text);
/// -v [[SOURCE:]DESTINATION[:OPTIONS]]; relative sources beginning with . are below `current_directory`.
MountConfig parse_volume(std::string_view text, std::string_view current_directory);
/// --mount type=…,…; of type glob one for each file that matches, in order.
std::vector<MountConfig> parse_mount(std::string_view text, std::string_view current_directory);
/// --tmpfs DESTINATION[:OPTIONS]
MountConfig parse_tmpfs(std::string_view text);
/// --secret NAME[,type=mount|env][,target=…][,uid=…][,gid=…][,mode=…]
SecretConfig parse_secret(std::string_view text);
/// Only keys that are namespaced, and only when that namespace is the container's own.
/// Source: podman-run(1), --sysctl.
std::pair<std::string, std::string> parse_sysctl(std::string_view text);

/// --memory and friends for create, update, pod create: bytes, checked against each other.
struct ResourceFlags {
    std::optional<std::string> blkio_weight;
    std::vector<std::string> blkio_weight_device, device_read_bps, device_read_iops, device_write_bps, device_write_iops;
    std::vector<std::string> cgroup_conf;
    std::optional<std::uint64_t> cpu_period, cpu_rt_period, cpu_shares;
    std::optional<std::int64_t> cpu_quota, cpu_rt_runtime;
    std::optional<double> cpus;
    std::string cpuset_cpus, cpuset_mems;
    std::string memory, memory_reservation, memory_swap;
    std::optional<std::int64_t> memory_swappiness;
    std::optional<std::int64_t> pids_limit;
    bool oom_kill_disable = false;
};
Resources parse_resources(const ResourceFlags& flags);

}  // namespace skiff::libpod
