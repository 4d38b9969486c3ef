#pragma once
/// The options of `create` and `run` as they stand on the command line, and their translation to CreateOptions.
/// The command line binds its flags to the members; all grammar and all checks of values are here.
/// Members are named after their flag; of lists that podman takes apart at commas, each element is one field.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpod/create_options.h"
#include "libpod/parse/network_mode.h"
#include "libpod/parse/publish.h"
#include "libpod/parse/values.h"

namespace skiff::libpod {

struct CreateFlags {
    using List = std::vector<std::string>;

    // Arguments: IMAGE [COMMAND [ARG…]]; with rootfs set the first is a directory [:O].
    std::string image;
    List command;

    List annotation;
    List cap_add, cap_drop;
    std::string cgroup_parent, cgroupns, cgroups;
    List chrootdirs;
    List cdi_spec_dirs;              // the global --cdi-spec-dir
    std::string cidfile, conmon_pidfile;
    List device;
    List device_cgroup_rule;
    List dns, dns_option, dns_search;
    List add_host;
    std::optional<std::string> entrypoint;
    List env, env_file, env_merge;
    bool env_host = false;
    List gidmap, uidmap;
    List gpus;
    List group_add;
    HealthFlags health;
    std::string group_entry;
    std::optional<std::string> hostname;
    bool no_hostname = false;
    List hostuser;
    std::optional<std::string> hosts_file;
    std::optional<bool> http_proxy;
    std::string image_volume;        // bind|anonymous, tmpfs, ignore
    std::optional<bool> init;
    std::string init_path;
    bool interactive = false;
    std::string ipc;
    List label, label_file;
    std::string log_driver;
    List log_opt;
    List mount;
    std::string name;
    NetworkFlags network;
    bool no_hosts = false;
    std::optional<std::int64_t> oom_score_adj;
    bool passwd = true;
    std::string passwd_entry, personality;
    std::string pid, pidfile;
    std::uint32_t preserve_fds = 0;
    bool privileged = false;
    PublishFlags publish;
    std::string rdt_class;
    bool read_only = false, read_only_tmpfs = true;
    bool replace = false;
    ResourceFlags resources;
    List requires_;  // --requires
    std::string restart;
    bool rm = false, rmi = false;
    bool rootfs = false;
    std::string runtime;             // the global --runtime
    List secret;
    List security_opt;
    std::string sdnotify;
    std::string shm_size, shm_size_systemd;
    std::optional<std::string> stop_signal;
    std::optional<std::uint32_t> stop_timeout;
    std::string subgidname, subuidname;
    List sysctl;
    std::string systemd;
    std::uint32_t timeout = 0;
    List tmpfs;
    bool tty = false;
    std::optional<std::string> tz;
    List ulimit;
    std::optional<std::string> umask;
    List unsetenv;
    bool unsetenv_all = false;
    std::optional<std::string> user;
    std::string userns, uts;
    List volume, volumes_from;
    std::optional<std::string> workdir;
};

/// What the caller's surroundings contribute: read once, by the command line.
struct ParseContext {
    std::vector<std::string> environment;     ///< "NAME=value"
    std::string current_directory;            ///< for relative host paths
    std::vector<std::string> command_line;    ///< recorded as create_command
};

struct EngineConfig;
/// What containers.conf says of flags that were not given.
void apply_configured_flags(const EngineConfig& engine, CreateFlags& flags);

/// Reads --env-file and --label-file. Throws Error{Invalid} naming flag and value, with the grammar as hint.
CreateOptions parse_create_flags(const CreateFlags& flags, const ParseContext& context);

}  // namespace skiff::libpod
