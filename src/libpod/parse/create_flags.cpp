#include "libpod/parse/create_flags.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "libpod/parse/isolation.h"
#include "libpod/parse/name_resolution.h"
#include "libpod/containers_conf.h"
#include "libpod/parse/cdi.h"
#include "libpod/parse/refuse.h"
#include "libpod/spec/systemd_mode.h"
#include "util/journal.h"

namespace skiff::libpod {
namespace {

/// Everything of one command line on its way to CreateOptions, a subject a function.
class Translation {
public:
    Translation(const CreateFlags& flags, const ParseContext& context) : flags_{flags}, context_{context} {}

    CreateOptions run() {
        take_process();
        take_environment();
        take_identity();
        take_namespaces();
        take_security();
        take_mounts();
        take_devices();
        take_resources();
        take_networking();
        take_life();
        take_integration();
        return std::move(out_);
    }

private:
    std::string host_path(const std::string& path) const {
        return path.empty() ? path : absolute_host_path(path, context_.current_directory);
    }
    template <typename Parse>
    auto each(const std::vector<std::string>& values, Parse parse) const {
        std::vector<decltype(parse(std::string_view{}))> out;
        for (const auto& value : values) out.push_back(parse(value));
        return out;
    }

    void take_process() {
        take_root();
        out_.command = flags_.command;
        if (flags_.entrypoint) out_.entrypoint = parse_entrypoint(*flags_.entrypoint);
        if (flags_.workdir) out_.work_dir = clean_absolute("--workdir", *flags_.workdir);
        if (flags_.user) check_user(*flags_.user);
        out_.user = flags_.user;
        take_groups();
        out_.terminal = flags_.tty;
        out_.stdin_open = flags_.interactive;
        out_.init = flags_.init;
        out_.init_path = host_path(flags_.init_path);
        if (flags_.stop_signal) parse_stop_signal(*flags_.stop_signal);
        out_.stop_signal = flags_.stop_signal;
        out_.stop_timeout_s = flags_.stop_timeout;
        out_.timeout_s = flags_.timeout;
        out_.preserve_fds = flags_.preserve_fds;
        if (!flags_.personality.empty() && flags_.personality != "LINUX" && flags_.personality != "LINUX32") {
            refuse("--personality", flags_.personality, "is not known", "LINUX or LINUX32");
        }
        out_.personality = flags_.personality;
    }

    void take_root() {
        if (!flags_.rootfs) {
            out_.image = flags_.image;
            return;
        }
        std::string directory = flags_.image;
        if (directory.ends_with(":O")) {
            out_.rootfs_overlay = true;
            directory.resize(directory.size() - 2);
        }
        out_.rootfs = host_path(directory);
        struct stat info {};
        if (::stat(out_.rootfs.c_str(), &info) != 0) throw SystemError{errno, concat("--rootfs ", quote(directory))};
        if (!S_ISDIR(info.st_mode)) refuse("--rootfs", directory, "is not a directory");
    }

    /// keep-groups is an annotation that the OCI runtime obeys.
    void take_groups() {
        const auto& groups = flags_.group_add;
        const bool keep = std::find(groups.begin(), groups.end(), "keep-groups") != groups.end();
        if (keep && groups.size() > 1) throw Error{ErrorKind::Invalid, "--group-add keep-groups allows no other --group-add beside it"};
        if (keep) {
            out_.annotations["run.oci.keep_original_groups"] = "1";
            return;
        }
        for (const auto& group : groups) check_group(group);
        out_.groups = groups;
    }

    static void check_group(const std::string& group) {
        if (group.find(':') != std::string::npos) refuse("--group-add", group, "is no group", "a name or a number");
        check_user(group.empty() ? ":" : group);
    }

    void take_environment() {
        out_.env = parse_env(flags_.env_file, flags_.env, context_.environment);
        out_.env_merge = flags_.env_merge;
        for (const auto& entry : out_.env_merge) {
            if (entry.find('=') == std::string::npos || entry.front() == '=') refuse("--env-merge", entry, "is malformed", "NAME=text");
        }
        out_.unset_env = flags_.unsetenv;
        out_.unset_env_all = flags_.unsetenv_all;
        if (flags_.env_host) out_.host_env = all_of_environment();
        if (flags_.http_proxy.value_or(true)) take_proxies();
    }
    std::vector<std::pair<std::string, std::string>> all_of_environment() const {
        std::vector<std::pair<std::string, std::string>> all;
        for (const auto& entry : context_.environment) {
            if (auto parts = split_once(entry, '=')) all.push_back(std::move(*parts));
        }
        return all;
    }
    void take_proxies() {
        static constexpr std::array<std::string_view, 8> kNames{"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
                                                                "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"};
        for (auto& variable : all_of_environment()) {
            if (std::find(kNames.begin(), kNames.end(), variable.first) != kNames.end()) out_.proxy_env.push_back(std::move(variable));
        }
    }

    void take_identity() {
        if (!flags_.name.empty()) check_name("container", flags_.name);
        if (flags_.replace && flags_.name.empty()) throw Error{ErrorKind::Invalid, "--replace needs --name"};
        out_.name = flags_.name;
        out_.replace = flags_.replace;
        if (flags_.hostname) check_hostname(*flags_.hostname);
        out_.hostname = flags_.hostname;
        out_.no_hostname = flags_.no_hostname;
        out_.labels = parse_labels(flags_.label_file, flags_.label);
        for (const auto& entry : flags_.annotation) {
            const auto parts = split_once(entry, '=');
            if (!parts || parts->first.empty()) refuse("--annotation", entry, "is malformed", "KEY=VALUE");
            out_.annotations[parts->first] = parts->second;
        }
        out_.create_command = context_.command_line;
        out_.cid_file = host_path(flags_.cidfile);
        out_.pid_file = host_path(flags_.pidfile);
        out_.conmon_pid_file = host_path(flags_.conmon_pidfile);
        out_.requires_containers = flags_.requires_;
    }

    void take_namespaces() {
        out_.namespaces.pid = parse_namespace("--pid", flags_.pid);
        out_.namespaces.ipc = parse_namespace("--ipc", flags_.ipc);
        out_.namespaces.uts = parse_namespace("--uts", flags_.uts);
        out_.namespaces.cgroup = parse_namespace("--cgroupns", flags_.cgroupns);
        take_user_namespace();
        take_network_mode();
    }
    void take_user_namespace() {
        const std::string mode = flags_.userns.empty() ? variable("PODMAN_USERNS") : flags_.userns;
        for (const auto* rootless : {"keep-id", "nomap"}) {
            if (mode != rootless && !mode.starts_with(concat(rootless, ":"))) continue;
            throw Error{ErrorKind::Unsupported, concat("--userns ", quote(mode), " works only for containers run without root"), "auto, or --uidmap and --gidmap"};
        }
        IdChoice& ids = out_.integration.ids;
        ids.subuid_name = flags_.subuidname.empty() ? flags_.subgidname : flags_.subuidname;
        ids.subgid_name = flags_.subgidname.empty() ? flags_.subuidname : flags_.subgidname;
        ids.automatic = mode == "auto" || mode.starts_with("auto:");
        if (ids.automatic) ids.size = parse_automatic_ids(mode);
        else out_.namespaces.user = parse_namespace("--userns", mode);
        out_.uid_map = each(flags_.uidmap, parse_id_mapping);
        out_.gid_map = each(flags_.gidmap, parse_id_mapping);
        refuse_two_choices(mode);
    }
    void refuse_two_choices(const std::string& mode) const {
        const auto& ids = out_.integration.ids;
        const bool mapped = !out_.uid_map.empty() || !out_.gid_map.empty();
        const bool named = !ids.subuid_name.empty();
        if (mapped + named + ids.automatic > 1) throw Error{ErrorKind::Invalid, "--userns auto, --uidmap and --gidmap, and --subuidname exclude each other"};
        if (named && !mode.empty() && mode != "private") throw Error{ErrorKind::Invalid, concat("--subuidname and --userns ", quote(mode), " exclude each other")};
    }
    /// "auto[:size=N]".
    static std::uint32_t parse_automatic_ids(const std::string& mode) {
        if (mode == "auto") return 0;
        std::uint32_t size = 0;
        for (const auto& option : split(mode.substr(5), ',')) {
            const auto parts = split_once(option, '=');
            const auto number = parts && parts->first == "size" ? parse_uint(parts->second) : std::nullopt;
            if (!number || *number == 0 || *number > 0xFFFFFFFEU) refuse("--userns", mode, "is no choice of IDs", "auto or auto:size=NUMBER");
            size = static_cast<std::uint32_t>(*number);
        }
        return size;
    }
    std::string variable(std::string_view name) const {
        for (const auto& entry : context_.environment) {
            if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) return entry.substr(name.size() + 1);
        }
        return {};
    }
    void take_network_mode() {
        auto choice = parse_network_flags(flags_.network);
        out_.namespaces.network = std::move(choice.mode);
        out_.networks = std::move(choice.networks);
        out_.publish = parse_publish_flags(flags_.publish);
    }

    void take_security() {
        out_.cap_add = each(flags_.cap_add, parse_capability);
        out_.cap_drop = each(flags_.cap_drop, parse_capability);
        out_.privileged = flags_.privileged;
        for (const auto& option : flags_.security_opt) add_security_option(option, context_.current_directory, out_.security);
        for (const auto& entry : flags_.sysctl) out_.sysctls.insert_or_assign(parse_sysctl(entry).first, parse_sysctl(entry).second);
        for (const auto& entry : flags_.ulimit) {
            if (entry == "host") out_.ulimit_host = true;
            else out_.ulimits.push_back(parse_ulimit(entry));
        }
        if (flags_.umask) {
            if (!consists_of(*flags_.umask, "01234567") || flags_.umask->size() > 4) refuse("--umask", *flags_.umask, "is no mask", "four octal digits");
            out_.umask = std::string(4 - flags_.umask->size(), '0') + *flags_.umask;
        }
    }

    void take_mounts() {
        const auto& directory = context_.current_directory;
        for (const auto& value : flags_.volume) add_mount(parse_volume(value, directory));
        for (const auto& value : flags_.mount) {
            for (auto& mount : parse_mount(value, directory)) add_mount(std::move(mount));
        }
        for (const auto& value : flags_.tmpfs) add_mount(parse_tmpfs(value));
        out_.volumes_from = flags_.volumes_from;
        take_secrets();
        const auto& mode = flags_.image_volume;
        if (mode == "tmpfs") out_.image_volumes = ImageVolumeMode::Tmpfs;
        else if (mode == "ignore") out_.image_volumes = ImageVolumeMode::Ignore;
        else if (!mode.empty() && mode != "bind" && mode != "anonymous") refuse("--image-volume", mode, "is no mode", "anonymous, tmpfs or ignore");
        out_.read_only = flags_.read_only;
        out_.read_only_tmpfs = flags_.read_only_tmpfs;
        if (!flags_.shm_size.empty()) out_.shm_size_bytes = size_of("--shm-size", flags_.shm_size);
        for (const auto& path : flags_.chrootdirs) out_.chroot_dirs.push_back(clean_absolute("--chrootdirs", path));
        take_etc_files();
    }
    void take_secrets() {
        std::set<std::string> targets;
        for (const auto& value : flags_.secret) {
            out_.secrets.push_back(parse_secret(value));
            const auto& secret = out_.secrets.back();
            if (!targets.insert(secret.target).second) refuse("--secret", value, concat("target ", quote(secret.target), " is taken by another secret"));
        }
    }
    void take_etc_files() {
        if (flags_.tz) check_time_zone(*flags_.tz);
        out_.time_zone = flags_.tz;
        out_.passwd = flags_.passwd;
        for (const auto* entry : {&flags_.passwd_entry, &flags_.group_entry}) {
            if (has_control_characters(*entry)) refuse("entry", *entry, "holds control characters");
        }
        out_.passwd_entry = flags_.passwd_entry;
        out_.group_entry = flags_.group_entry;
        out_.host_users = flags_.hostuser;
    }
    static void check_time_zone(const std::string& zone) {
        const bool fits = consists_of(zone, concat(kAlphanumeric, "_+-/")) && zone.front() != '/';
        if (!fits) refuse("--tz", zone, "is no time zone", "\"local\" or a name such as Europe/Berlin");
    }
    static std::int64_t size_of(std::string_view flag, const std::string& text) {
        const auto bytes = parse_size(text);
        if (!bytes) refuse(flag, text, "is not a size", "a number with an optional unit b, k, m, g, t");
        return *bytes;
    }
    void add_mount(MountConfig mount) {
        for (const auto& other : out_.mounts) {
            if (other == mount) return;  // said twice
            if (other.destination == mount.destination) throw Error{ErrorKind::Invalid, concat(mount.destination, ": duplicate mount destination")};
        }
        struct stat info {};
        const bool missing = mount.kind == MountKind::Bind && ::stat(mount.source.c_str(), &info) != 0;
        if (missing) throw SystemError{errno, concat("mount source ", quote(mount.source))};
        out_.mounts.push_back(std::move(mount));
    }

    void take_devices() {
        for (const auto& value : flags_.device) {
            if (is_cdi_name(value)) {
                add_cdi_device(value);
                continue;
            }
            struct stat info {};
            out_.devices.push_back(parse_device(value));
            const auto& path = out_.devices.back().host_path;
            if (::stat(path.c_str(), &info) != 0) throw SystemError{errno, concat("--device ", quote(path))};
        }
        for (const auto& value : flags_.gpus) {
            for (auto& name : cdi_names_of_gpus(value)) add_cdi_device(std::move(name));
        }
        out_.integration.cdi.spec_dirs = flags_.cdi_spec_dirs;
        out_.device_rules = each(flags_.device_cgroup_rule, parse_device_rule);
    }

    void add_cdi_device(std::string name) {
        auto& devices = out_.integration.cdi.devices;
        if (std::find(devices.begin(), devices.end(), name) == devices.end()) devices.push_back(std::move(name));
    }

    void take_integration() {
        auto& out = out_.integration;
        if (!flags_.systemd.empty()) out.systemd = systemd_word(flags_.systemd);
        is_systemd_mode(out.systemd, {});
        if (!flags_.shm_size_systemd.empty()) out.systemd_tmpfs_bytes = size_of("--shm-size-systemd", flags_.shm_size_systemd);
        if (!flags_.hosts_file) return;
        if (out_.no_hosts) throw Error{ErrorKind::Invalid, "--no-hosts and --hosts-file exclude each other"};
        const bool word = flags_.hosts_file == "none" || flags_.hosts_file == "image" || flags_.hosts_file->empty();
        out.hosts_file = word ? *flags_.hosts_file : host_path(*flags_.hosts_file);
    }
    /// Any of Go's words for true and false is taken, as podman does.
    static std::string systemd_word(const std::string& word) {
        const std::string text = lower(word);
        if (text == "1" || text == "t") return "true";
        return text == "0" || text == "f" ? "false" : text;
    }

    void take_resources() {
        out_.resources = parse_resources(flags_.resources);
        if (flags_.oom_score_adj && (*flags_.oom_score_adj < -1000 || *flags_.oom_score_adj > 1000)) {
            refuse("--oom-score-adj", std::to_string(*flags_.oom_score_adj), "is not from -1000 to 1000");
        }
        out_.oom_score_adj = flags_.oom_score_adj;
        check_cgroup_parent();
        out_.cgroup_parent = flags_.cgroup_parent;
        take_cgroups_mode();
        out_.rdt_class = flags_.rdt_class;
    }
    void take_cgroups_mode() {
        static constexpr std::array<std::string_view, 4> kModes{"", "enabled", "no-conmon", "split"};
        constexpr std::string_view kGrammar = "enabled, no-conmon or split";
        if (flags_.cgroups == "disabled") throw Error{ErrorKind::Unsupported, "--cgroups \"disabled\": a container is ended by its cgroup", std::string{kGrammar}};
        if (std::find(kModes.begin(), kModes.end(), flags_.cgroups) == kModes.end()) refuse("--cgroups", flags_.cgroups, "is not known", kGrammar);
        out_.cgroups = flags_.cgroups;
    }
    void check_cgroup_parent() const {
        const auto& parent = flags_.cgroup_parent;
        if (parent.empty()) return;
        const auto parts = split(parent, '/');
        const bool climbs = std::find(parts.begin(), parts.end(), "..") != parts.end();
        if (climbs || has_control_characters(parent)) refuse("--cgroup-parent", parent, "is no cgroup path");
    }

    void take_networking() {
        out_.dns = parse_dns(flags_.dns, flags_.dns_search, flags_.dns_option);
        out_.extra_hosts = each(flags_.add_host, parse_extra_host);
        out_.no_hosts = flags_.no_hosts;
        if (out_.no_hosts && !out_.extra_hosts.empty()) throw Error{ErrorKind::Invalid, "--no-hosts and --add-host exclude each other"};
        if (out_.namespaces.network.kind == NamespaceKind::Container) refuse_own_names();
    }
    /// The files are the other container's.
    void refuse_own_names() const {
        const auto conflict = [](const std::vector<std::string>& values, std::string_view option) {
            if (!values.empty()) throw Error{ErrorKind::Invalid, concat("conflicting options: ", option, " and the network mode: container")};
        };
        conflict(flags_.dns, "dns");
        conflict(flags_.dns_search, "dns-search");
        conflict(flags_.dns_option, "dns-option");
        conflict(flags_.add_host, "add-host");
    }

    void take_life() {
        out_.restart = parse_restart(flags_.restart);
        out_.remove = flags_.rm || flags_.rmi;
        out_.remove_image = flags_.rmi;
        if (out_.remove && out_.restart.kind != RestartKind::No) throw Error{ErrorKind::Invalid, "--rm and --restart exclude each other"};
        take_log();
        out_.health = flags_.health;
        if (out_.health.cmd && out_.health.cmd->empty()) out_.health.cmd.reset();  // a script's empty variable: nothing was said
        if (!out_.health.cmd && out_.health.any()) check_health_alone();
        else apply_health_flags(out_.health, {});
        take_notification();
        out_.runtime = flags_.runtime;
    }
    /// The check may be the image's, which is not known yet: the values are.
    void check_health_alone() const {
        HealthConfig of_image;
        of_image.test = {"CMD-SHELL", "true"};
        apply_health_flags(out_.health, of_image);
    }
    void take_notification() {
        const auto& mode = flags_.sdnotify;
        if (!mode.empty() && mode != "container" && mode != "conmon" && mode != "healthy" && mode != "ignore") {
            refuse("--sdnotify", mode, "is no mode", "container, conmon, healthy or ignore");
        }
        out_.sdnotify = mode;
    }
    void take_log() {
        static constexpr std::array<std::string_view, 6> kDrivers{"k8s-file", "json-file", "journald", "none", "passthrough", "passthrough-tty"};
        const auto& driver = flags_.log_driver;
        if (!driver.empty() && std::find(kDrivers.begin(), kDrivers.end(), driver) == kDrivers.end()) {
            refuse("--log-driver", driver, "is not known", "k8s-file, json-file, journald, none or passthrough");
        }
        if (driver == "journald" && !journal_is_there()) {
            throw Error{ErrorKind::Unsupported, "--log-driver \"journald\": nobody takes entries at /run/systemd/journal/socket on this host", "k8s-file, json-file or none"};
        }
        out_.log.driver = driver;
        for (const auto& option : flags_.log_opt) take_log_option(option);
    }
    void take_log_option(const std::string& option) {
        const auto parts = split_once(option, '=');
        if (!parts || parts->second.empty()) refuse("--log-opt", option, "is malformed", "NAME=VALUE");
        const auto& [name, value] = *parts;
        if (name == "path") out_.log.path = host_path(value);
        else if (name == "tag") out_.log.tag = value;
        else if (name == "max-size") out_.log.max_size_bytes = log_size_of(value);
        else if (name == "max-file") out_.log.max_files = count_of(option, value);
        else refuse("--log-opt", option, "is not known", "max-file=, max-size=, path= or tag=");
    }
    /// Units are powers of 1000 here, and here only: so it is with podman and docker.
    static std::int64_t log_size_of(const std::string& value) {
        size_of("--log-opt max-size", value);
        const auto unit_at = std::min(value.find_first_not_of("0123456789."), value.size());
        const auto power = unit_at == value.size() ? 0 : std::string_view{"bkmgtp"}.find(lower(value.substr(unit_at, 1)));
        return static_cast<std::int64_t>(parse_double(value.substr(0, unit_at)).value() * std::pow(1000.0, static_cast<double>(power)));
    }
    static std::int64_t count_of(const std::string& option, const std::string& value) {
        const auto count = parse_int(value);
        if (!count || *count < 1 || *count > 1000) refuse("--log-opt", option, "is not a number from 1 to 1000");
        return *count;
    }

    const CreateFlags& flags_;
    const ParseContext& context_;
    CreateOptions out_;
};

}  // namespace

void apply_configured_flags(const EngineConfig& engine, CreateFlags& flags) {
    flags.env_host = flags.env_host || engine.env_host;
    if (!flags.http_proxy) flags.http_proxy = engine.http_proxy;
    if (flags.userns.empty() && flags.uidmap.empty() && flags.gidmap.empty() && engine.userns.starts_with("auto")) flags.userns = engine.userns;
    if (flags.image_volume.empty()) flags.image_volume = engine.image_volume_mode;
}

CreateOptions parse_create_flags(const CreateFlags& flags, const ParseContext& context) {
    return Translation{flags, context}.run();
}

}  // namespace skiff::libpod
