#include "libpod/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "image/user_lookup.h"
#include "libpod/cdi/resolve.h"
#include "libpod/containers_conf.h"
#include "libpod/host_checks.h"
#include "libpod/lifecycle.h"
#include "libpod/name_files.h"
#include "libpod/secret/in_container.h"
#include "libpod/split_cgroup.h"
#include "libpod/spec/etc_files.h"
#include "libpod/spec/hooks.h"
#include "libpod/spec/make_spec.h"
#include "stub/stub.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::size_t kEtcFileLimit = 1U << 20;

ProcessIdentity owner_of(const Runtime& runtime, const NamespaceMode& mode, std::string_view what) {
    const Container other = runtime.find(mode.value);
    if (!is_alive(other.state().init)) {
        throw Error{ErrorKind::WrongState, concat("joining the ", what, " namespace of container ", quote(other.name()), ": it is not running"),
                    concat("start it first: skiff start ", other.name())};
    }
    return other.state().init;
}

fs::path namespace_of(const Runtime& runtime, const NamespaceMode& mode, const char* proc_name, std::string_view what) {
    if (mode.kind == NamespaceKind::Path) return mode.value;
    return concat("/proc/", owner_of(runtime, mode, what).pid, "/ns/", proc_name);
}

std::string host_name() {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

}  // namespace

std::string hostname_of(const ContainerConfig& config) {
    if (!config.hostname.empty()) return config.hostname;
    const bool hosts_own = config.namespaces.uts.kind == NamespaceKind::Host || config.namespaces.network.kind == NamespaceKind::Host;
    return hosts_own ? host_name() : config.id.substr(0, 12);
}

namespace {

/// Writes one generated file and gives back its path for the spec. World-readable: the container's user must read it.
fs::path write_generated(int run_dir_fd, const fs::path& run_dir, const std::string& name, std::string_view content) {
    replace_file_at(run_dir_fd, name, content, 0644);
    return run_dir / name;
}

/// Who shares another container's network shares its names.
void share_name_files(const ContainerConfig& config, const fs::path& run_dir, SpecInputs& inputs) {
    if (!config.no_hosts && fs::exists(run_dir / "hosts")) inputs.hosts_file = run_dir / "hosts";
    if (fs::exists(run_dir / "resolv.conf")) inputs.resolv_conf = run_dir / "resolv.conf";
}

void write_name_files(const ContainerConfig& config, int run_dir_fd, const fs::path& run_dir, int rootfs_fd, const NetworkFacts& network, SpecInputs& inputs) {
    if (!network.shared_files.empty()) return share_name_files(config, network.shared_files, inputs);
    if (const auto hosts = hosts_text(config, network, rootfs_fd)) inputs.hosts_file = write_generated(run_dir_fd, run_dir, "hosts", *hosts);
    if (!has_resolv_conf_of_image(config.dns)) inputs.resolv_conf = write_generated(run_dir_fd, run_dir, "resolv.conf", resolv_conf_text(config, network));
}

/// A user whom the image does not know has the home directory of the entry that was made for him.
void take_home_from(std::string_view passwd, ResolvedUser& user) {
    if (!user.name.empty()) return;
    try {
        user.home = image::look_up_user(passwd, {}, std::to_string(user.uid), {}).home;
    } catch (const Error& error) {
        log::debug(concat("--passwd-entry: ", error.what(), ", ignoring"));  // it may be any text
    }
}

void write_etc_files(const ContainerConfig& config, int run_dir_fd, const fs::path& run_dir, int rootfs_fd, const NetworkFacts& network, SpecInputs& inputs) {
    const std::string& hostname = inputs.hostname;
    write_name_files(config, run_dir_fd, run_dir, rootfs_fd, network, inputs);
    if (!config.no_hostname) inputs.hostname_file = write_generated(run_dir_fd, run_dir, "hostname", hostname_content(hostname));
    inputs.containerenv = write_generated(run_dir_fd, run_dir, ".containerenv", containerenv_content(config));
    const auto in_image = [&](const char* path) {
        return read_regular_in_root(rootfs_fd, path, kEtcFileLimit).value_or(std::string{});
    };
    if (!config.passwd) return;
    if (const auto content = passwd_content(in_image("/etc/passwd"), config, inputs.user)) {
        inputs.passwd_file = write_generated(run_dir_fd, run_dir, "passwd", *content);
        take_home_from(*content, inputs.user);
    }
    if (const auto content = group_content(in_image("/etc/group"), config, inputs.user)) {
        inputs.group_file = write_generated(run_dir_fd, run_dir, "group", *content);
    }
}

fs::path write_init_stub(const ContainerConfig& config, int run_dir_fd, const fs::path& run_dir) {
    if (!config.init) return {};
    if (!config.init_path.empty()) return config.init_path;
    replace_file_at(run_dir_fd, "init", stub::init_stub_bytes(), 0755);
    return run_dir / "init";
}

std::vector<fs::path> hooks_dirs_of(const Runtime& runtime) {
    const auto& configured = runtime.engine_config().hooks_dir;
    if (!configured.empty()) return {configured.begin(), configured.end()};
    return {"/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"};
}

/// --group-add keep-groups: an annotation that the embedded runtime and crun obey.
bool keeps_groups(const ContainerConfig& config) {
    const auto found = config.annotations.find("run.oci.keep_original_groups");
    return found != config.annotations.end() && found->second == "1";
}

/// For the runtimes that do not know it, this process's groups are among those that the specification lists.
void add_own_groups(ResolvedUser& user) {
    const int count = ::getgroups(0, nullptr);
    if (count < 0) throw SystemError{errno, "reading the caller's groups"};
    std::vector<gid_t> own(static_cast<std::size_t>(count));
    const int got = ::getgroups(count, own.data());
    if (got < 0) throw SystemError{errno, "reading the caller's groups"};
    own.resize(static_cast<std::size_t>(got));
    user.groups.insert(user.groups.end(), own.begin(), own.end());
}

/// Only where somebody looks at it: a user may have no ID on the host.
MountOwner owner_of_mounts(const ContainerConfig& config, const ResolvedUser& user, int rootfs) {
    const bool wanted = std::any_of(config.mounts.begin(), config.mounts.end(), [](const auto& mount) { return mount.chown || mount.kind == MountKind::Volume; });
    if (!wanted) return {rootfs, 0, 0};
    return {rootfs, host_id(config.uid_map, user.uid), host_id(config.gid_map, user.gid)};
}

}  // namespace

BundleInputs bundle_inputs(const Runtime& runtime, const ContainerConfig& config, NetworkFacts network, const StartVolumes& volumes) {
    BundleInputs inputs;
    inputs.network = std::move(network);
    const auto join = [&](const NamespaceMode& mode, const char* oci_name, const char* proc_name) {
        if (mode.kind != NamespaceKind::Container && mode.kind != NamespaceKind::Path) return;
        inputs.joined_namespaces[oci_name] = namespace_of(runtime, mode, proc_name, oci_name);
    };
    join(config.namespaces.pid, "pid", "pid");
    join(config.namespaces.ipc, "ipc", "ipc");
    join(config.namespaces.network, "network", "net");
    join(config.namespaces.uts, "uts", "uts");
    join(config.namespaces.user, "user", "user");
    join(config.namespaces.cgroup, "cgroup", "cgroup");
    if (config.namespaces.ipc.kind == NamespaceKind::Container) inputs.ipc_owner = owner_of(runtime, config.namespaces.ipc, "ipc");
    inputs.mounts = mount_plan(runtime, config, volumes);
    inputs.hooks_dirs = hooks_dirs_of(runtime);
    return inputs;
}

ResolvedUser resolve_user(int rootfs_fd, const std::string& user, const std::vector<std::string>& groups) {
    auto found = image::look_up_user(rootfs_fd, user, groups);
    return {found.uid, found.gid, std::move(found.extra_gids), std::move(found.home), std::move(found.name)};
}

StartedBundle begin_bundle(const ContainerConfig& config, const fs::path& run_dir, const fs::path& rootfs,
                           const BundleInputs& from_engine, const fs::path& shm_dir) {
    const UniqueFd run_dir_fd = open_directory(run_dir);
    const UniqueFd rootfs_fd = open_directory(rootfs);
    SpecInputs inputs;
    inputs.rootfs = rootfs;
    inputs.run_dir = run_dir;
    inputs.user = resolve_user(rootfs_fd.get(), config.user, config.groups);
    if (keeps_groups(config)) add_own_groups(inputs.user);
    inputs.hostname = hostname_of(config);
    inputs.host = probe_host();
    if (config.cgroups == "split") inputs.split_parent = split_cgroup_parent();
    write_etc_files(config, run_dir_fd.get(), run_dir, rootfs_fd.get(), from_engine.network, inputs);
    inputs.init_stub = write_init_stub(config, run_dir_fd.get(), run_dir);
    inputs.joined_namespaces = from_engine.joined_namespaces;
    inputs.shm_dir = shm_dir;
    inputs.mount_sources = make_mount_sources(config, from_engine.mounts, run_dir, owner_of_mounts(config, inputs.user, rootfs_fd.get()));
    add_secrets(config, from_engine.mounts.container_dir, run_dir, inputs);
    inputs.local_time = time_zone_file(config);
    if (from_engine.notifies) inputs.notify_dir = run_dir / oci::monitor::kNotifyDirectory;
    inputs.devices = collect_devices(config);
    const bool default_seccomp = config.security.seccomp_profile.empty();
    if (!default_seccomp) inputs.seccomp_json = seccomp_for(config, inputs.host);
    StartedBundle started{inputs.user, make_spec(config, inputs), inputs.host, default_seccomp};
    cdi::apply(config.integration.cdi, started.spec);
    add_hooks(started.spec, config, from_engine.hooks_dirs);
    return started;
}

std::string complete_bundle(const ContainerConfig& config, const fs::path& run_dir, StartedBundle& bundle) {
    if (std::exchange(bundle.seccomp_due, false)) {
        const std::string seccomp = seccomp_for(config, bundle.host);
        if (!seccomp.empty()) bundle.spec["linux"]["seccomp"] = parse_json(seccomp, "the seccomp profile");
    }
    std::string text = dump(bundle.spec);
    const UniqueFd directory = open_directory(run_dir);
    replace_file_at(directory.get(), "config.json", text, 0600);
    return text;
}

oci::monitor::LogPlan log_plan_of(const Runtime& runtime, const ContainerConfig& config) {
    oci::monitor::LogPlan plan;
    plan.driver = config.log.driver;
    plan.container_id = config.id;
    plan.container_name = config.name;
    plan.tag = config.log.tag;
    if (plan.driver == "none" || plan.driver == "journald" || plan.driver.starts_with("passthrough")) return plan;
    plan.path = config.log.path.empty() ? runtime.container_dir(config.id) / "ctr.log" : fs::path{config.log.path};
    plan.max_size_bytes = config.log.max_size_bytes;
    plan.max_files = config.log.max_files > 0 ? static_cast<int>(config.log.max_files) : 1;
    return plan;
}

}  // namespace skiff::libpod
