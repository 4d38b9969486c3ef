#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdlib>

#include "image/user_lookup.h"
#include "libpod/asked_work_dir.h"
#include "libpod/bundle.h"
#include "libpod/container_root.h"
#include "libpod/host_mount.h"
#include "libpod/launcher.h"
#include "libpod/lifecycle.h"
#include "libpod/mapped_root.h"
#include "libpod/memory_events.h"
#include "libpod/mount_sources.h"
#include "libpod/network_setup.h"
#include "libpod/ports.h"
#include "libpod/preserved_fds.h"
#include "libpod/private_mounts.h"
#include "libpod/runtime_choice.h"
#include "libpod/shared_memory.h"
#include "libpod/split_cgroup.h"
#include "libpod/volume/start.h"
#include "oci/external/external_runtime.h"
#include "state/intent.h"
#include "storage/container_storage.h"
#include "storage/mount_point.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// What the launcher needs and only the caller, who has the database, can know.
struct InitPlan {
    const ContainerConfig& config;
    fs::path run_dir;
    std::optional<storage::OverlaySpec> overlay;  ///< unset: config.rootfs as it is
    fs::path host_mount;                          ///< where `mount` has that overlay already; empty: nowhere
    std::vector<std::string> runtimes;            ///< candidates, in order
    BundleInputs bundle;
    oci::monitor::Plan monitor;
    MonitorImage image = MonitorImage::Fresh;
    std::vector<UniqueFd> ports;                  ///< one for each of monitor.ports
    std::vector<int> preserved;                   ///< the caller's descriptors for the container
    bool announce = false;                        ///< the caller works on init's namespaces beside the launcher
};

std::optional<storage::OverlaySpec> overlay_of(const Runtime& runtime, const ContainerConfig& config) {
    auto spec = container_overlay(runtime, config);
    if (spec) spec->volatile_ = config.remove;
    return spec;
}

oci::monitor::Plan monitor_plan(const Runtime& runtime, const ContainerConfig& config) {
    oci::monitor::Plan plan;
    plan.id = config.id;
    plan.run_dir = runtime.run_dir(config.id);
    plan.terminal = config.terminal;
    plan.stdin_open = config.stdin_open;
    plan.stdin_once = config.stdin_open;
    plan.log = log_plan_of(runtime, config);
    if (config.timeout_s > 0) plan.timeout = std::chrono::seconds{config.timeout_s};
    plan.exit_command = runtime.own_command_prefix();
    plan.probe_command = plan.exit_command;
    plan.exit_command.insert(plan.exit_command.end(), {"container", "settle", config.id});
    plan.probe_command.insert(plan.probe_command.end(), {"container", "probe", config.id});
    const char* notify_socket = std::getenv("NOTIFY_SOCKET");
    if (notify_socket != nullptr && config.supervision.sdnotify == "container") plan.notify_socket = notify_socket;
    return plan;
}

InitPlan plan_init(const Runtime& runtime, const ContainerConfig& config, const NetworkPlan& networks, const StartVolumes& volumes) {
    InitPlan plan{config,
                  runtime.run_dir(config.id),
                  overlay_of(runtime, config),
                  is_host_mounted(runtime, config.id) ? host_mount_path(runtime, config.id) : fs::path{},
                  config.runtime.empty() ? runtime_candidates(runtime) : std::vector{config.runtime},
                  bundle_inputs(runtime, config, network_facts(runtime, config, networks), volumes),
                  monitor_plan(runtime, config),
                  {}};
    plan.bundle.notifies = !plan.monitor.notify_socket.empty();
    return plan;
}

/// The root file system of the container, mounted at RUN_DIR/rootfs for as long as the runtime needs the path. It goes
/// with the launcher's private mount namespace: taking it down first would only wait once more.
class [[nodiscard]] MountedRootfs {
public:
    MountedRootfs(const InitPlan& plan, const fs::path& root) : path_{plan.config.rootfs} {
        if (!plan.overlay) return;
        path_ = plan.run_dir / "rootfs";
        const UniqueFd target = make_directory(path_, 0700);
        if (!plan.config.uid_map.empty()) mount_mapped(plan, root);
        else if (plan.host_mount.empty()) storage::mount_overlay_at(*plan.overlay, path_);
        else storage::attach_mount(storage::clone_mount(plan.host_mount).get(), path_);
    }
    MountedRootfs(const MountedRootfs&) = delete;
    MountedRootfs& operator=(const MountedRootfs&) = delete;
    const fs::path& path() const noexcept { return path_; }

private:
    void mount_mapped(const InitPlan& plan, const fs::path& root) const {
        if (!plan.host_mount.empty()) {
            throw Error{ErrorKind::InUse, "its root file system is mounted on the host, without its user namespace's IDs", "skiff unmount"};
        }
        mount_mapped_overlay(*plan.overlay, plan.config, {root, plan.run_dir / "mapped", path_});
    }
    fs::path path_;
};

/// The container's standard streams; with the passthrough log driver, the client's own.
oci::Stdio stdio_of(const oci::monitor::Streams& streams, const std::vector<int>& client) {
    if (!client.empty()) return {client[0], client[1], client[2]};
    return {streams.container_stdin.get(), streams.container_stdout.get(), streams.container_stderr.get()};
}

/// Tries the candidates in order; a runtime that refuses the host's cgroups is passed over.
pid_t create_with_first_working(const Runtime& runtime, const InitPlan& plan, const oci::CreateRequest& request,
                                LaunchReport& report) {
    for (std::size_t i = 0;; ++i) {
        const std::string& name = plan.runtimes.at(i);
        try {
            const pid_t pid = runtime.oci_runtime(name).create(request);
            report.oci_runtime = name;
            return pid;
        } catch (const Error& error) {
            if (!oci::is_cgroup_refusal(error) || i + 1 == plan.runtimes.size()) throw;
            report.refused.push_back(name);
        }
    }
}

/// Makes the container below the launcher's private mounts; gives back what is the monitor's.
oci::monitor::PlanFds create_process(const Runtime& runtime, InitPlan& plan, const std::vector<int>& client, const LauncherChannel& channel,
                                     LaunchReport& report) {
    const MountedRootfs rootfs{plan, runtime.options().root};
    fault_point("launcher:mounted");
    check_asked_work_dir(plan.config, rootfs.path());
    std::optional<SharedMemory> shm;
    if (plan.bundle.ipc_owner.pid > 0) shm.emplace(plan.bundle.ipc_owner, plan.run_dir / "shm");
    StartedBundle bundle = begin_bundle(plan.config, plan.run_dir, rootfs.path(), plan.bundle, shm ? shm->path() : fs::path{});
    auto streams = oci::monitor::make_streams(plan.monitor, host_id(plan.config.uid_map, bundle.user.uid), host_id(plan.config.gid_map, bundle.user.gid));
    fault_point("launcher:create");
    oci::CreateRequest request;
    request.id = plan.config.id;
    request.bundle = plan.run_dir;
    request.spec = &bundle.spec;
    request.complete = [&] { return complete_bundle(plan.config, plan.run_dir, bundle); };
    request.stdio = stdio_of(streams, client);
    if (plan.config.terminal) request.console_socket = plan.run_dir / "console";
    request.preserve_fds = static_cast<int>(plan.preserved.size());
    request.systemd_cgroup = plan.config.cgroup_manager == "systemd" && plan.config.cgroups != "split";
    if (plan.announce) request.born = [&](pid_t pid) { channel.announce(identity_of(pid)); };
    report.process = identity_of(create_with_first_working(runtime, plan, request, report));
    fault_point("launcher:created");
    if (plan.config.terminal) {
        streams.monitor_side.terminal = oci::monitor::receive_console(streams.console_listener.get(), std::chrono::seconds{10});
    }
    return std::move(streams.monitor_side);
}

/// Nothing when it has ended, or when we may not look into it: without CAP_SYS_PTRACE, as in a container, nobody may into what waits for
/// its start. The end of such a one takes a little longer.
UniqueFd mount_namespace_of(const ProcessIdentity& process) {
    return UniqueFd{::open(concat("/proc/", process.pid, "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC)};
}

/// With --rm the cgroup goes beside the command that records the end. Otherwise the container may be started again by then, or what init
/// left behind is still in it.
std::function<void()> after_end_of(const Runtime& runtime, const InitPlan& plan, const std::string& oci_runtime) {
    if (!plan.config.remove || !runtime.oci_runtime(oci_runtime).ends_with_init(plan.config.id)) return {};
    return [&runtime, id = plan.config.id, oci_runtime] { runtime.oci_runtime(oci_runtime).remove_cgroup(id); };
}

/// In the launcher. Ends by becoming the monitor.
void launch(const Runtime& runtime, InitPlan& plan, const std::vector<int>& client, LauncherChannel& channel) {
    LaunchReport report;
    auto mounts = std::make_optional<PrivateMounts>(runtime.options().runroot);
    oci::monitor::PlanFds fds = create_process(runtime, plan, client, channel, report);
    plan.monitor.process = report.process;
    plan.monitor.cgroup_events = memory_events_of(report.process.pid);
    plan.monitor.oom_watch = !plan.monitor.cgroup_events.empty();
    fds.ports = std::move(plan.ports);
    oci::monitor::record_plan(plan.monitor);
    report.monitor = identity_of_self();
    if (!channel.report(report)) {  // the caller died: nobody will ever start this container
        runtime.oci_runtime(report.oci_runtime).remove(plan.config.id, /*force=*/true);
        ::_exit(125);
    }
    fault_point("launcher:reported");
    mounts.reset();  // the kernel waits a grace period when a mount namespace goes: not while the caller waits
    switch (plan.image) {
        case MonitorImage::Forked:
            fds.mount_namespace = mount_namespace_of(report.process);
            oci::monitor::stay_as_monitor(plan.monitor, std::move(fds), after_end_of(runtime, plan, report.oci_runtime));
        case MonitorImage::Fresh: oci::monitor::become_monitor(plan.monitor, std::move(fds));
    }
}

std::vector<int> client_descriptors(const ContainerConfig& config) {
    if (!config.log.driver.starts_with("passthrough")) return {};
    static std::vector<UniqueFd> copies;
    copies.clear();
    std::vector<int> numbers;
    for (int fd = 0; fd < 3; ++fd) numbers.push_back(copies.emplace_back(duplicate(fd)).get());
    return numbers;
}

/// Before anything is made: a port that somebody else has is an error now.
void hold_ports(InitPlan& plan, const std::vector<network::PublishedPort>& ports) {
    plan.monitor.ports = held_ports(ports);
    plan.ports = oci::monitor::hold_ports(plan.monitor.ports);
    fault_point("ports:held");
}

std::vector<int> kept_descriptors(const InitPlan& plan, std::vector<int> client) {
    for (const auto& port : plan.ports) {
        if (port) client.push_back(port.get());
    }
    client.insert(client.end(), plan.preserved.begin(), plan.preserved.end());
    return client;
}

/// The networks of a start, joined as soon as init has a network namespace.
class NetworkJoin {
public:
    NetworkJoin(const Runtime& runtime, const ContainerConfig& config, const NetworkPlan& networks, const std::vector<network::PublishedPort>& ports)
        : runtime_{runtime}, config_{config}, networks_{networks}, ports_{ports} {}

    /// While the launcher and init do the rest, when they announce init. A failure of theirs is the one that counts: it may be
    /// the reason why the namespace was gone.
    LaunchReport beside(Launch& launched) const {
        const auto announced = networks_.empty() ? std::nullopt : launched.wait_announced();
        std::exception_ptr failure;
        if (announced) failure = join(announced->pid);
        const LaunchReport report = launched.wait_report();
        fault_point("init:reported");
        if (!announced) failure = join(report.process.pid);
        if (failure) std::rethrow_exception(failure);
        return report;
    }

private:
    std::exception_ptr join(pid_t pid) const {
        try {
            attach_networks(runtime_, config_, networks_, pid);
            publish_ports(runtime_, config_, networks_, ports_);
            return nullptr;
        } catch (const Error&) {
            return std::current_exception();
        }
    }

    const Runtime& runtime_;
    const ContainerConfig& config_;
    const NetworkPlan& networks_;
    const std::vector<network::PublishedPort>& ports_;
};

std::string details_with(const std::string& details, const char* key, const std::string& value) {
    Json document = parse_json(details, "container details");
    document[key] = value;
    document.erase("restart_due");
    document.erase("interrupted");
    document.erase("error");
    return dump(document);
}

void warn_refused(const Runtime& runtime, const LaunchReport& report) {
    for (const auto& name : report.refused) {
        const std::string next = remember_refusal(runtime, name);
        log::warn(concat("OCI runtime ", name, " refuses this host's cgroups: using ", next, " until the next boot, ignoring"));
    }
}

/// --pidfile, --conmon-pidfile: the numbers of this start, for the host's supervisors.
void write_pid_file(const std::string& path, pid_t pid) {
    if (path.empty()) return;
    const UniqueFd file = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    write_all(file.get(), std::to_string(pid), path);
}

/// For a monitor that has written the end down to tell it to its clients too. One of them may promise to settle, and wait for the lock that
/// this command holds: the monitor stays for that one.
constexpr std::chrono::milliseconds kToTellTheEnd{100};

/// The monitor of the last run (a restart suspends --rm) may still be removing the cgroup, whose name is also that of the next.
void end_last_monitor(const Runtime& runtime, const std::string& id) {
    const UniqueFd monitor = last_monitor(runtime, id);
    if (!monitor || wait_for_exit(monitor.get(), kToTellTheEnd)) return;
    send_signal(monitor.get(), SIGKILL);
    wait_for_exit(monitor.get(), std::chrono::seconds{10});
}

/// Private to root; a mapped root must be able to walk through it.
void make_run_dir(const Runtime& runtime, const ContainerConfig& config) {
    if (config.remove) end_last_monitor(runtime, config.id);
    const UniqueFd runroot = open_directory(runtime.options().runroot);
    remove_tree_at(runroot.get(), config.id);
    const bool mapped = !config.uid_map.empty();
    if (mapped && ::fchmod(runroot.get(), 0711) != 0) throw SystemError{errno, "opening the run directory to a mapped user"};
    const UniqueFd made = make_directory_at(runroot.get(), config.id, mapped ? 0711 : 0700);
}

/// `then`: a step whose intent begins in the transaction that ends this one, empty for none. Gives back that intent.
std::int64_t init_then(const Runtime& runtime, ContainerRow& row, const ContainerConfig& config, std::string_view cause, MonitorImage image,
                       std::string_view then) {
    const State next = transition_for(Operation::Init, row.state.state, {}, row.name).to;
    std::int64_t intent = 0;
    std::int64_t following = 0;
    prepare_networks(runtime, config);
    NetworkPlan networks;
    std::vector<network::PublishedPort> ports;
    commit_change(runtime, row, {}, [&](ContainerState& state) {
        intent = state::begin_intent(runtime.db(), "container", row.id, "init");
        networks = plan_networks(runtime, config, state.starts);
        ports = planned_ports(config, networks);
        network::write_published(runtime.db(), row.id, ports);
    });
    fault_point("intent:init");
    try {
        make_run_dir(runtime, config);
        StartVolumes volumes{runtime, config};
        InitPlan plan = plan_init(runtime, config, networks, volumes);
        plan.image = image;
        plan.preserved = preserved_fds(config.preserve_fds);
        plan.announce = !networks.empty();
        const std::vector<int> client = client_descriptors(config);
        hold_ports(plan, ports);
        if (config.cgroups == "split") split_own_cgroup();
        Launch launched{plan.run_dir, launcher_cgroup_for(config.cgroups), kept_descriptors(plan, client), [&](LauncherChannel& channel) { launch(runtime, plan, client, channel); }};
        const NetworkJoin join{runtime, config, networks, ports};
        const LaunchReport report = join.beside(launched);
        plan.ports.clear();
        warn_refused(runtime, report);
        write_pid_file(config.pid_file, report.process.pid);
        write_pid_file(config.conmon_pid_file, report.monitor.pid);
        commit_change(runtime, row, cause, [&](ContainerState& state) {
            state.state = next;
            state.init = report.process;
            state.monitor = report.monitor;
            state.exit_code = 0;
            state.oom_killed = false;
            state.stopped_by_user = false;
            state.details = details_with(state.details, "oci_runtime", report.oci_runtime);
            volumes.finish();
            state::finish_intent(runtime.db(), intent);
            if (!then.empty()) following = state::begin_intent(runtime.db(), "container", row.id, then);
        });
        fault_point("init:recorded");
        return following;
    } catch (const Error& error) {
        undo_init(runtime, row);
        commit_change(runtime, row, {}, [&](ContainerState&) { state::finish_intent(runtime.db(), intent); });
        throw error.in(concat("starting container ", quote(row.name)));
    }
}

}  // namespace

void init_locked(const Runtime& runtime, ContainerRow& row, const ContainerConfig& config, std::string_view cause, MonitorImage image) {
    init_then(runtime, row, config, cause, image, /*then=*/{});
}

std::int64_t init_to_start_locked(const Runtime& runtime, ContainerRow& row, const ContainerConfig& config, std::string_view cause, MonitorImage image) {
    return init_then(runtime, row, config, cause, image, "start");
}

void undo_init(const Runtime& runtime, const ContainerRow& row) {
    kill_process(recorded_launcher(runtime.run_dir(row.id)));
    kill_everything(runtime, row);
    detach_networks(runtime, row.id);
    const UniqueFd runroot = open_directory(runtime.options().runroot);
    remove_tree_at(runroot.get(), row.id);
}

}  // namespace skiff::libpod
