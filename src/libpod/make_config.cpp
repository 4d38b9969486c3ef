#include "libpod/make_config.h"

#include <algorithm>
#include <array>
#include <set>

#include "libpod/parse/isolation.h"
#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"
#include "libpod/spec/systemd_mode.h"
#include "util/journal.h"
#include "util/monitor_cgroup.h"
#include "util/log.h"
#include "util/signals.h"

namespace skiff::libpod {
namespace {

using Variable = std::pair<std::string, std::string>;

/// The kernel's limit for one argument or environment string. Source: execve(2), MAX_ARG_STRLEN.
constexpr std::size_t kLongestString = 131071;

/// Variables in the order they were first set; a later value takes the place of an earlier one.
class VariableList {
public:
    void set(const std::string& name, const std::string& value) {
        if (auto* known = find(name)) known->second = value;
        else variables_.emplace_back(name, value);
    }
    void set_all(const std::vector<Variable>& variables) {
        for (const auto& [name, value] : variables) set(name, value);
    }
    const Variable* find(std::string_view name) const {
        const auto found = std::find_if(variables_.begin(), variables_.end(), [&](auto& entry) { return entry.first == name; });
        return found == variables_.end() ? nullptr : &*found;
    }
    Variable* find(std::string_view name) { return const_cast<Variable*>(std::as_const(*this).find(name)); }
    void unset(std::string_view name) {
        std::erase_if(variables_, [&](const auto& entry) { return entry.first == name; });
    }
    void clear() { variables_.clear(); }
    std::vector<std::string> entries() const {
        std::vector<std::string> out;
        for (const auto& [name, value] : variables_) out.push_back(concat(name, "=", value));
        return out;
    }

private:
    std::vector<Variable> variables_;
};

/// What an image's config may say, and no more. Every refusal names the image.
class ImageReader {
public:
    explicit ImageReader(const ImageFacts& image) : image_{image} {}

    void check_env() const {
        for (const auto& entry : image_.env) {
            const auto at = entry.find('=');
            if (at == std::string::npos || at == 0) fail("Env", entry, "is not NAME=value");
            if (entry.find('\0') != std::string::npos) fail("Env", entry, "holds a NUL byte");
            if (entry.size() > kLongestString) fail("Env", entry.substr(0, 40), "is longer than the kernel takes");
        }
    }
    void check_words(std::string_view field, const std::vector<std::string>& words) const {
        for (const auto& word : words) {
            if (word.find('\0') != std::string::npos) fail(field, word, "holds a NUL byte");
        }
    }
    std::string work_dir() const {
        return image_.working_dir.empty() ? "/" : checked_path("WorkingDir", image_.working_dir);
    }
    std::string user() const {
        guard("User", image_.user, [&] { check_user(image_.user); });
        return image_.user;
    }
    int stop_signal() const {
        const auto signal = parse_signal(image_.stop_signal);
        if (!signal) fail("StopSignal", image_.stop_signal, "is no signal");
        return *signal;
    }
    std::string volume(const std::string& path) const {
        auto clean = checked_path("Volumes", path);
        if (clean == "/") fail("Volumes", path, "is the root");
        return clean;
    }

private:
    [[noreturn]] void fail(std::string_view field, std::string_view value, std::string_view why) const {
        throw Error{ErrorKind::Corrupt, concat("image ", quote(image_.raw_name.empty() ? image_.id : image_.raw_name), ": ", field, " ",
                                               quote(value), " ", why)};
    }
    template <typename Check>
    void guard(std::string_view field, std::string_view value, Check check) const {
        try {
            check();
        } catch (const Error&) {
            fail(field, value, "is malformed");
        }
    }
    std::string checked_path(std::string_view field, const std::string& path) const {
        std::string clean;
        guard(field, path, [&] { clean = clean_absolute(field, path); });
        return clean;
    }

    const ImageFacts& image_;
};

/// Directories in /proc that name what another process has open lead out of the container (CVE-2024-21626).
void check_work_dir(const std::string& path) {
    const auto parts = split(path, '/');
    if (parts.size() < 3 || parts[1] != "proc") return;
    const bool of_process = parts[2] == "self" || parts[2] == "thread-self" || consists_of(parts[2], kDigits);
    if (of_process) refuse("working directory", path, "is in a process's directory of /proc");
}

NamespaceMode configured_mode(std::string_view flag, std::string_view key, const std::string& text, NamespaceKind fallback) {
    if (text.empty()) return {fallback, {}};
    return in_context(concat("containers.conf ", key), [&] { return parse_namespace(flag, text); });
}

NamespaceMode configured_network(const std::string& text) {
    if (text.empty() || text == "bridge" || text == "private") return {NamespaceKind::Bridge, {}};
    return configured_mode("--network", "netns", text, NamespaceKind::Bridge);
}

/// One make_config() call: takes the options apart, a subject a function.
class Merger {
public:
    Merger(const CreateOptions& options, const ImageFacts* image, const EngineConfig& engine)
        : options_{options}, image_{image}, engine_{engine} {}

    ContainerConfig run() {
        take_origin();
        take_process();
        take_environment();
        take_metadata();
        take_namespaces();
        take_security();
        take_sysctls();
        take_mounts();
        take_devices();
        take_resources();
        take_life();
        take_integration();
        check();
        return std::move(out_);
    }

private:
    void take_origin() {
        out_.name = options_.name;
        out_.create_command = options_.create_command;
        if (image_ != nullptr) {
            out_.image_id = image_->id;
            out_.image_name = image_->name;
            out_.raw_image_name = image_->raw_name;
            out_.top_layer = image_->top_layer;
            out_.exposed_ports = image_->exposed_ports;
            out_.healthcheck_json = image_->healthcheck_json;
            out_.supervision.health = health_of_image(image_->healthcheck_json);
        } else if (options_.rootfs.empty()) {
            throw Error{ErrorKind::Invalid, "neither an image nor a root directory is given"};
        }
        out_.supervision.health = apply_health_flags(options_.health, out_.supervision.health);
        out_.supervision.sdnotify = options_.sdnotify.empty() ? "container" : options_.sdnotify;
        if (out_.supervision.sdnotify == "healthy" && out_.supervision.health.test.empty()) {
            throw Error{ErrorKind::Invalid, "--sdnotify healthy needs a health check", "give --health-cmd"};
        }
        out_.rootfs = options_.rootfs;
        out_.rootfs_overlay = options_.rootfs_overlay;
        out_.exposed_ports = exposed_by(options_.publish, std::move(out_.exposed_ports));
        out_.ports = ports_of(options_.publish, out_.exposed_ports);
        out_.asked.publish_all = options_.publish.all;
    }

    void take_process() {
        take_command();
        if (image_ != nullptr) {
            const ImageReader reader{*image_};
            out_.work_dir = reader.work_dir();
            out_.user = reader.user();
            if (!image_->stop_signal.empty()) out_.stop_signal = reader.stop_signal();
        }
        if (options_.work_dir) out_.work_dir = *options_.work_dir;
        out_.asked.work_dir = options_.work_dir.has_value();
        check_work_dir(out_.work_dir);
        if (options_.user) out_.user = *options_.user;
        if (options_.stop_signal) out_.stop_signal = parse_stop_signal(*options_.stop_signal);
        out_.stop_timeout_s = options_.stop_timeout_s.value_or(engine_.stop_timeout_s);
        out_.groups = options_.groups;
        out_.terminal = options_.terminal;
        out_.stdin_open = options_.stdin_open;
        out_.init = options_.init.value_or(engine_.init);
        out_.init_path = options_.init_path.empty() ? engine_.init_path : options_.init_path;
        out_.timeout_s = options_.timeout_s;
        out_.preserve_fds = options_.preserve_fds;
        out_.personality = options_.personality;
        out_.umask = options_.umask.value_or(engine_.umask);
    }

    /// An entrypoint of one's own drops the image's CMD too: it was written for the image's entrypoint.
    void take_command() {
        out_.command = options_.command;
        if (options_.entrypoint) {
            out_.entrypoint = *options_.entrypoint;
        } else if (image_ != nullptr) {
            const ImageReader reader{*image_};
            reader.check_words("Entrypoint", image_->entrypoint);
            reader.check_words("Cmd", image_->cmd);
            out_.entrypoint = image_->entrypoint;
            if (out_.command.empty()) out_.command = image_->cmd;
        }
        if (argv_of(out_).empty()) {
            throw Error{ErrorKind::Invalid, "no command is given, and the image has neither CMD nor ENTRYPOINT"};
        }
    }

    void take_environment() {
        VariableList env;
        env.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        env.set("container", "podman");  // programs look for this word
        for (const auto& entry : engine_.env) {
            if (const auto parts = split_once(entry, '=')) env.set(parts->first, parts->second);
        }
        env.set_all(options_.proxy_env);
        if (image_ != nullptr) {
            ImageReader{*image_}.check_env();
            for (const auto& entry : image_->env) env.set(entry.substr(0, entry.find('=')), entry.substr(entry.find('=') + 1));
        }
        if (options_.unset_env_all) env.clear();
        for (const auto& name : options_.unset_env) env.unset(name);
        env.set_all(options_.host_env);
        for (const auto& entry : options_.env_merge) merge_variable(entry, env);
        env.set_all(options_.env);
        out_.env = env.entries();
        check_env_sizes();
    }
    /// "NAME=text ${OTHER} $THIRD": variables are those set so far, unknown ones empty.
    static void merge_variable(const std::string& entry, VariableList& env) {
        const auto parts = *split_once(entry, '=');
        std::string value;
        std::string_view rest{parts.second};
        for (auto at = rest.find('$'); at != std::string_view::npos; at = rest.find('$')) {
            value += rest.substr(0, at);
            rest.remove_prefix(at + 1);
            const bool braced = rest.starts_with('{') && rest.find('}') != std::string_view::npos;
            const auto name_end = braced ? rest.find('}') : std::min(rest.find_first_not_of(concat(kAlphanumeric, "_")), rest.size());
            const auto name = rest.substr(braced ? 1 : 0, name_end - (braced ? 1 : 0));
            rest.remove_prefix(name_end + (braced ? 1 : 0));
            if (name.empty()) value += '$';
            else if (const auto* known = env.find(name)) value += known->second;
        }
        env.set(parts.first, value += rest);
    }
    void check_env_sizes() const {
        for (const auto& entry : out_.env) {
            if (entry.size() > kLongestString) refuse("environment variable", entry.substr(0, 40), "is longer than the kernel takes");
        }
    }

    /// Labels and annotations are data. Runtimes obey some annotations (run.oci.*, module.wasm.*), so of the image's
    /// only the descriptive ones go on.
    void take_metadata() {
        if (image_ != nullptr) {
            out_.labels = image_->labels;
            for (const auto& [key, value] : image_->annotations) {
                if (key.starts_with("org.opencontainers.image.") && key != "org.opencontainers.image.stopSignal") out_.annotations[key] = value;
            }
        }
        for (const auto& [key, value] : options_.labels) out_.labels[key] = value;
        for (const auto& entry : engine_.annotations) {
            if (const auto parts = split_once(entry, '=')) out_.annotations[parts->first] = parts->second;
        }
        for (const auto& [key, value] : options_.annotations) out_.annotations[key] = value;
        out_.hostname = options_.hostname.value_or("");
        out_.no_hostname = options_.no_hostname;
        out_.cid_file = options_.cid_file;
        out_.pid_file = options_.pid_file;
        out_.conmon_pid_file = options_.conmon_pid_file;
        out_.requires_containers = options_.requires_containers;
    }

    void take_namespaces() {
        const auto pick = [](const NamespaceMode& said, const NamespaceMode& otherwise) {
            return said.kind == NamespaceKind::Default ? otherwise : said;
        };
        auto& out = out_.namespaces;
        const auto& said = options_.namespaces;
        out.pid = pick(said.pid, configured_mode("--pid", "pidns", engine_.pidns, NamespaceKind::Private));
        out.ipc = pick(said.ipc, configured_mode("--ipc", "ipcns", engine_.ipcns, NamespaceKind::Shareable));
        out.uts = pick(said.uts, configured_mode("--uts", "utsns", engine_.utsns, NamespaceKind::Private));
        // Left at Default: private on a cgroup v2 host, else the host's, decided at each start.
        out.cgroup = pick(said.cgroup, configured_mode("--cgroupns", "cgroupns", engine_.cgroupns, NamespaceKind::Default));
        out.network = pick(said.network, configured_network(engine_.netns));
        const bool chosen = options_.integration.ids.any();
        const bool mapped = chosen || !options_.uid_map.empty() || !options_.gid_map.empty();
        const auto user_default = mapped ? NamespaceMode{NamespaceKind::Private, {}}
                                         : configured_mode("--userns", "userns", engine_.userns.starts_with("auto") ? "" : engine_.userns, NamespaceKind::Host);
        out.user = pick(said.user, user_default);
        take_id_maps(mapped);
    }
    /// Those of a choice (user_ids.h) are filled in later: it takes the other containers' into account.
    void take_id_maps(bool mapped) {
        const auto kind = out_.namespaces.user.kind;
        if (mapped && kind == NamespaceKind::Host) throw Error{ErrorKind::Invalid, "--userns host and --uidmap or --gidmap exclude each other"};
        if (!mapped && kind == NamespaceKind::Private) throw Error{ErrorKind::Invalid, "a private user namespace needs --uidmap and --gidmap"};
        out_.uid_map = options_.uid_map.empty() ? options_.gid_map : options_.uid_map;
        out_.gid_map = options_.gid_map.empty() ? options_.uid_map : options_.gid_map;
    }

    void take_security() {
        out_.cap_add = options_.cap_add;
        out_.cap_drop = options_.cap_drop;
        for (const auto& name : engine_.default_capabilities) out_.default_capabilities.push_back(parse_capability(name));
        out_.privileged = options_.privileged || engine_.privileged;
        out_.security = options_.security;
        if (!engine_.label && out_.security.label.empty()) out_.security.label = {"disable"};
        if (out_.security.apparmor_profile.empty()) out_.security.apparmor_profile = engine_.apparmor_profile;
        if (out_.security.seccomp_profile.empty()) out_.security.seccomp_profile = engine_.seccomp_profile;
        out_.ulimits = options_.ulimits;
        out_.ulimit_host = options_.ulimit_host;
        for (const auto& text : engine_.default_ulimits) {
            auto limit = in_context("containers.conf default_ulimits", [&] { return parse_ulimit(text); });
            const bool said = std::any_of(out_.ulimits.begin(), out_.ulimits.end(), [&](auto& other) { return other.name == limit.name; });
            if (!said && !out_.ulimit_host) out_.ulimits.push_back(std::move(limit));
        }
    }

    /// Defaults that this container's namespaces do not allow are left out; the user's own are refused.
    void take_sysctls() {
        for (const auto& text : engine_.default_sysctls) {
            const auto [key, value] = in_context("containers.conf default_sysctls", [&] { return parse_sysctl(text); });
            if (missing_namespace_for(key).empty()) out_.sysctls[key] = value;
        }
        for (const auto& [key, value] : options_.sysctls) {
            const auto missing = missing_namespace_for(key);
            if (!missing.empty()) refuse("--sysctl", key, concat("would change the host's: the container has no ", missing, " namespace of its own"));
            out_.sysctls[key] = value;
        }
    }
    std::string_view missing_namespace_for(std::string_view key) const {
        const auto shared = [](const NamespaceMode& mode) { return mode.kind == NamespaceKind::Host; };
        if (key.starts_with("net.")) return shared(out_.namespaces.network) ? "network" : "";
        if (key == "kernel.domainname") return shared(out_.namespaces.uts) ? "UTS" : "";
        return shared(out_.namespaces.ipc) ? "IPC" : "";
    }

    void take_mounts() {
        out_.mounts = options_.mounts;
        for (const auto& text : engine_.volumes) add_unless_taken(parse_volume(text, "/"));
        for (const auto& text : engine_.mounts) {
            for (auto& mount : parse_mount(text, "/")) add_unless_taken(std::move(mount));
        }
        out_.image_volumes = options_.image_volumes;
        add_image_volumes();
        out_.volumes_from = options_.volumes_from;
        out_.secrets = options_.secrets;
        out_.read_only = options_.read_only || engine_.read_only;
        out_.read_only_tmpfs = options_.read_only_tmpfs;
        out_.chroot_dirs = options_.chroot_dirs;
        const auto shm = parse_size(engine_.shm_size);
        if (!shm) refuse("containers.conf shm_size", engine_.shm_size, "is not a size");
        out_.shm_size_bytes = options_.shm_size_bytes.value_or(*shm);
        out_.time_zone = options_.time_zone.value_or(engine_.time_zone);
        out_.passwd = options_.passwd;
        out_.passwd_entry = options_.passwd_entry;
        out_.group_entry = options_.group_entry;
        out_.host_users = options_.host_users;
        take_name_resolution();
    }
    void add_unless_taken(MountConfig mount) {
        const bool taken = std::any_of(out_.mounts.begin(), out_.mounts.end(), [&](auto& other) { return other.destination == mount.destination; });
        if (!taken) out_.mounts.push_back(std::move(mount));
    }
    void add_image_volumes() {
        if (image_ == nullptr) return;
        for (const auto& path : image_->volumes) {
            MountConfig mount;
            mount.destination = ImageReader{*image_}.volume(path);
            mount.from_image = true;
            mount.kind = out_.image_volumes == ImageVolumeMode::Tmpfs ? MountKind::Tmpfs : MountKind::Volume;
            if (out_.image_volumes != ImageVolumeMode::Ignore) add_unless_taken(std::move(mount));
        }
    }
    void take_name_resolution() {
        out_.dns.servers = options_.dns.servers.empty() ? engine_.dns_servers : options_.dns.servers;
        out_.dns.searches = options_.dns.searches.empty() ? engine_.dns_searches : options_.dns.searches;
        out_.dns.options = options_.dns.options.empty() ? engine_.dns_options : options_.dns.options;
        out_.extra_hosts = options_.extra_hosts;
        out_.no_hosts = options_.no_hosts || engine_.no_hosts;
    }

    void take_devices() {
        out_.devices = options_.devices;
        for (const auto& text : engine_.devices) out_.devices.push_back(parse_device(text));
        out_.device_rules = options_.device_rules;
    }

    void take_resources() {
        out_.resources = options_.resources;
        if (!out_.resources.pids_limit) {
            // Nobody asked for that one: it is left out where it cannot be set, in a container that is not privileged.
            const bool cannot = engine_.pids_limit <= 0 || cgroups_are_read_only();
            out_.resources.pids_limit = cannot ? -1 : engine_.pids_limit;
        }
        out_.oom_score_adj = options_.oom_score_adj ? options_.oom_score_adj : engine_.oom_score_adj;
        out_.cgroup_parent = options_.cgroup_parent;
        out_.cgroup_manager = engine_.cgroup_manager.empty() ? "cgroupfs" : engine_.cgroup_manager;
        if (out_.cgroup_manager != "cgroupfs" && out_.cgroup_manager != "systemd") {
            refuse("cgroup manager", out_.cgroup_manager, "is not known", "cgroupfs or systemd");
        }
        const bool slice = out_.cgroup_parent.ends_with(".slice");
        if (!out_.cgroup_parent.empty() && slice != (out_.cgroup_manager == "systemd")) {
            refuse("--cgroup-parent", out_.cgroup_parent, "does not fit the cgroup manager", "a path with cgroupfs, a name ending in .slice with systemd");
        }
        out_.cgroups = options_.cgroups.empty() ? default_cgroups() : options_.cgroups;
        if (out_.cgroups == "split" && !out_.cgroup_parent.empty()) {
            throw Error{ErrorKind::Invalid, "--cgroups split and --cgroup-parent exclude each other: the parent is the caller's own cgroup"};
        }
        out_.rdt_class = options_.rdt_class;
    }

    std::string default_cgroups() const {
        if (engine_.cgroups == "enabled" || engine_.cgroups == "no-conmon" || engine_.cgroups == "split") return engine_.cgroups;
        log::debug(concat("containers.conf cgroups ", quote(engine_.cgroups), " is not supported, using enabled, ignoring"));
        return "enabled";
    }

    void take_integration() {
        auto& out = out_.integration;
        const auto& asked = options_.integration;
        out.systemd = is_systemd_mode(asked.systemd, argv_of(out_));
        const bool signal_said = options_.stop_signal || (image_ != nullptr && !image_->stop_signal.empty());
        if (out.systemd && !signal_said) out_.stop_signal = kSystemdStopSignal;
        out.systemd_tmpfs_bytes = asked.systemd_tmpfs_bytes.value_or(0);
        out.cdi = asked.cdi;
        if (!out.cdi.devices.empty() && out.cdi.spec_dirs.empty()) out.cdi.spec_dirs = engine_.cdi_spec_dirs;
        out.base_hosts_file = asked.hosts_file.value_or(engine_.base_hosts_file);
        out.host_address = engine_.host_containers_internal_ip;
    }

    void take_life() {
        out_.restart = options_.restart;
        out_.remove = options_.remove;
        out_.remove_image = options_.remove_image;
        out_.log = options_.log;
        if (out_.log.driver.empty()) out_.log.driver = default_log_driver();
        const bool to_file = out_.log.driver == "k8s-file" || out_.log.driver == "json-file";
        if (to_file && out_.log.max_size_bytes == 0 && engine_.log_size_max_bytes > 0) out_.log.max_size_bytes = engine_.log_size_max_bytes;
        if (out_.log.tag.empty()) out_.log.tag = engine_.log_tag;
        out_.runtime = options_.runtime.empty() ? engine_.runtime : options_.runtime;
    }
    /// A shared configuration file may ask for what other engines can do; it must not stop every container here.
    std::string default_log_driver() const {
        constexpr std::array<std::string_view, 6> kDrivers{"k8s-file", "json-file", "journald", "none", "passthrough", "passthrough-tty"};
        if (engine_.log_driver == "journald" && !journal_is_there()) return "k8s-file";  // as podman: the file is shared with hosts that have one
        if (std::find(kDrivers.begin(), kDrivers.end(), engine_.log_driver) != kDrivers.end()) return engine_.log_driver;
        log::debug(concat("containers.conf log_driver ", quote(engine_.log_driver), " is not supported, using k8s-file, ignoring"));
        return "k8s-file";
    }

    void check() const {
        const auto& log = out_.log;
        if (out_.terminal && log.driver == "passthrough") {
            throw Error{ErrorKind::Invalid, "--log-driver passthrough does not go with --tty", "passthrough-tty hands a terminal on"};
        }
        if (out_.hostname.size() != 0 && out_.namespaces.uts.kind == NamespaceKind::Host) {
            throw Error{ErrorKind::Invalid, "--hostname does not go with --uts host: it would rename the host"};
        }
        std::set<std::string> destinations;
        for (const auto& mount : out_.mounts) {
            if (!destinations.insert(mount.destination).second) throw Error{ErrorKind::Invalid, concat(mount.destination, ": duplicate mount destination")};
        }
    }

    const CreateOptions& options_;
    const ImageFacts* image_;
    const EngineConfig& engine_;
    ContainerConfig out_;
};

}  // namespace

ContainerConfig make_config(const CreateOptions& options, const ImageFacts* image, const EngineConfig& engine) {
    return Merger{options, image, engine}.run();
}

}  // namespace skiff::libpod
