#include "oci/native/factory.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "oci/native/bind_mounts.h"
#include "oci/native/cgroup/delegate.h"
#include "oci/native/cgroup/systemd.h"
#include "oci/native/console.h"
#include "oci/native/errors.h"
#include "oci/native/hooks.h"
#include "oci/native/id.h"
#include "oci/native/join_facts.h"
#include "oci/native/launch.h"
#include "oci/native/lsm.h"
#include "oci/native/seccomp.h"
#include "oci/native/spec_parse.h"
#include "oci/native/start_gate.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

using namespace std::chrono_literals;

UniqueFd open_or_null(const std::filesystem::path& path, const std::string& name) {
    const UniqueFd root = open_at_if_exists(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    return root ? open_at_if_exists(root.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) : UniqueFd{};
}

/// Undoes a creation that does not complete.
class [[nodiscard]] Undo {
public:
    explicit Undo(std::function<void()> action) : action_{std::move(action)} {}
    Undo(const Undo&) = delete;
    Undo& operator=(const Undo&) = delete;
    ~Undo() {
        if (!action_) return;
        try {
            action_();
        } catch (const Error& error) {
            log::debug(concat("undoing: ", error.what(), ", ignoring"));
        }
    }
    void keep() { action_ = nullptr; }

private:
    std::function<void()> action_;
};

/// The mount at a directory of the host, where a container without a mount namespace of its own has its root.
class HostMount {
public:
    explicit HostMount(fs::path path) : path_{std::move(path)}, before_{now()} {}

    std::uint64_t now() const {
        struct statx status {};
        const bool known = ::statx(AT_FDCWD, path_.c_str(), AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &status) == 0;
        return known && (status.stx_mask & STATX_MNT_ID) != 0 ? status.stx_mnt_id : 0;
    }
    /// With all that is mounted below; nothing when another mount is there by now.
    void detach(std::uint64_t mount) const {
        if (now() == mount && ::umount2(path_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
            throw SystemError{errno, concat("unmounting ", quote(path_.native()))};
        }
    }
    void detach_other() const {
        if (now() != before_) detach(now());
    }

private:
    fs::path path_;
    std::uint64_t before_;
};

bool asks_for_limits(const Resources& resources) {
    const MemoryLimits& memory = resources.memory;
    const CpuLimits& cpu = resources.cpu;
    const bool memory_limited = (memory.limit && *memory.limit > 0) || (memory.reservation && *memory.reservation > 0) || (memory.swap && *memory.swap > 0);
    const bool cpu_limited = cpu.shares || cpu.quota || cpu.period || cpu.burst || cpu.realtime_runtime || cpu.realtime_period || cpu.idle ||
                             !cpu.cpus.empty() || !cpu.mems.empty();
    const BlockIoLimits& disk = resources.block_io;
    const bool disk_limited = disk.weight || disk.leaf_weight || !disk.weight_devices.empty() || !disk.read_bps.empty() ||
                              !disk.write_bps.empty() || !disk.read_iops.empty() || !disk.write_iops.empty();
    return memory_limited || cpu_limited || disk_limited || resources.pids_limit.value_or(0) > 0 || !resources.hugepages.empty() || resources.network_class_id ||
           !resources.network_priorities.empty() || !resources.rdma.empty() || !resources.unified.empty();
}

/// What the stub does between its filter and the program when it waits for the start in between (src/stub/stage.c).
/// One create(), step by step.
class Creation {
public:
    Creation(int directory, const std::string& id, const Spec& spec, const CreateOptions& options, const std::string& cache)
        : directory_{directory}, spec_{spec}, options_{options}, cache_{cache} {
        record_.id = id;
        record_.bundle = options.bundle;
        record_.rootfs = root_path(spec, options.bundle);
        record_.chrooted = options.no_pivot || spec.find_namespace(CLONE_NEWNS) == nullptr;
        record_.own_pids = spec.makes_namespace(CLONE_NEWPID);
        record_.late_hooks = !spec.hooks.poststart.empty() || !spec.hooks.poststop.empty();
        record_.created_at = now_nanos();
    }

    Record run() {
        check_labels(spec_.process);
        name_cgroup();
        cgroup::Layout layout = cgroup::read_layout();
        if (cgroup::is_read_only(layout)) {
            do_without_cgroup();
            layout = {};
        }
        cgroup::Cgroup group{std::move(layout), record_.cgroup_path};
        Undo undo{[&] { group.remove(); }};
        const HostMount host_mount{record_.rootfs};
        const bool shares_mounts = spec_.find_namespace(CLONE_NEWNS) == nullptr;
        Undo unmount{[&] {
            if (shares_mounts) host_mount.detach_other();
        }};
        UniqueFd unified;
        if (record_.systemd_unit.empty()) unified = group.make_unified();
        SocketPair sockets = make_socket_pair(SOCK_SEQPACKET);
        InitPlan plan = make_plan(group, Channel{std::move(sockets.second)});
        Launch launch{plan, Channel{std::move(sockets.first)}, {}, {}, unified.get()};
        launch.prepare = [&](pid_t pid) { return prepare(pid, group); };
        launch.runtime_hooks = [&] { run_runtime_hooks(); };
        launch_init(launch);
        if (shares_mounts) {
            record_.host_mount = host_mount.now();
            write_record(directory_, record_);
        }
        unmount.keep();
        undo.keep();
        return record_;
    }

private:
    void name_cgroup() {
        if (!options_.systemd_cgroup) {
            record_.cgroup_path = cgroup::container_path(spec_.lnx.cgroups_path, record_.id);
            return;
        }
        const cgroup::Scope scope = cgroup::scope_of(spec_.lnx.cgroups_path, record_.id);
        record_.cgroup_path = scope.path;
        record_.systemd_unit = scope.unit;
    }

    void do_without_cgroup() {
        const char* why = "cgroups are mounted read-only here";
        if (asks_for_limits(spec_.lnx.resources)) {
            throw Error{ErrorKind::Unsupported, concat("limits cannot be set: ", why), "run without limits (--pids-limit -1), or where cgroups can be written"};
        }
        if (!spec_.makes_namespace(CLONE_NEWPID)) throw Error{ErrorKind::Unsupported, concat("a container without a PID namespace of its own needs a cgroup: ", why)};
        if (!record_.systemd_unit.empty()) throw Error{ErrorKind::Unsupported, concat("systemd cannot make the cgroup: ", why), "use --cgroup-manager cgroupfs"};
        log::debug(concat(why, ": the container stays in the caller's"));
        record_.cgroup_path.clear();
    }

    InitPlan make_plan(const cgroup::Cgroup& group, Channel channel) {
        InitPlan plan;
        plan.spec = &spec_;
        plan.process = &spec_.process;
        plan.id = record_.id;
        plan.bundle = options_.bundle;
        plan.cgroup = &group;
        plan.root = prepare_root(spec_, options_.bundle);
        plan.mounts = prepare_bind_mounts(spec_, options_.bundle);
        plan.channel = std::move(channel);
        plan.stdio = options_.stdio;
        plan.preserve_fds = options_.preserve_fds;
        plan.no_pivot = options_.no_pivot;
        plan.no_new_keyring = options_.no_new_keyring;
        plan.host_null = open_at(AT_FDCWD, "/dev/null", O_RDWR);
        plan.stub = make_stub();
        if (const Namespace* mount = spec_.find_namespace(CLONE_NEWNS); mount != nullptr && !mount->path.empty()) {
            plan.mount_namespace = open_at(AT_FDCWD, mount->path, O_RDONLY);
        }
        if (spec_.process.terminal) {
            if (options_.console_socket.empty()) throw ConfigInvalid{"config: process.terminal needs a console socket"};
            plan.console_socket = connect_unix(options_.console_socket);
        }
        if (spec_.lnx.seccomp && !spec_.lnx.seccomp->listener_path.empty()) {
            plan.notify_socket = connect_unix(spec_.lnx.seccomp->listener_path);
        }
        StartGate gate = make_gate(directory_);
        plan.gate = std::move(gate.start);
        plan.result = std::move(gate.started);
        return plan;
    }

    std::optional<Seccomp> seccomp_profile() const {
        if (!options_.complete) return spec_.lnx.seccomp;
        CompletedConfig completed = options_.complete();
        if (completed.seccomp && !completed.seccomp->listener_path.empty() && !spec_.lnx.seccomp) {
            throw Error{ErrorKind::Unsupported, "the default seccomp profile names a listener", "give that profile with --security-opt seccomp=FILE"};
        }
        replace_file_at(directory_, "config.json", completed.text, 0600);
        return std::move(completed.seccomp);
    }

    /// While the child mounts.
    Preparation prepare(pid_t pid, cgroup::Cgroup& group) {
        if (options_.born) options_.born(pid);
        record_.init = identity_of(pid);
        write_record(directory_, record_);
        const std::optional<Seccomp> profile = seccomp_profile();
        if (!record_.systemd_unit.empty()) {
            cgroup::start_scope({record_.systemd_unit, record_.cgroup_path}, spec_, pid);
            const UniqueFd made = group.make_unified();
        }
        group.make_legacy();
        group.apply(spec_.lnx.resources, /*first=*/true);
        cgroup::delegate(group, spec_);
        Preparation preparation;
        preparation.pid = pid;
        bool notifies = false;
        if (profile) {
            SeccompProgram program = cached_seccomp(*profile, cache_);
            notifies = program.notify;
            preparation.seccomp = std::move(program.instructions);
            preparation.seccomp_flags = program.flags;
            preparation.filter_lets_wait = lets_stub_wait(*profile);
        }
        preparation.state = state_document(record_, "creating", pid, spec_);
        if (const auto facts = join_facts(spec_, preparation, notifies)) write_join_facts(directory_, *facts);
        return preparation;
    }

    void run_runtime_hooks() {
        // Prestart hooks are older than the status "creating" and expect what they were told then.
        run_hooks("prestart", spec_.hooks.prestart, state_document(record_, "created", record_.init.pid, spec_));
        run_hooks("createRuntime", spec_.hooks.create_runtime, state_document(record_, "creating", record_.init.pid, spec_));
    }

    int directory_;
    const Spec& spec_;
    const CreateOptions& options_;
    const std::string& cache_;
    Record record_;
};

void kill_and_wait(const ProcessIdentity& init) {
    const UniqueFd pidfd = open_pidfd(init);
    if (!pidfd) return;
    send_signal(pidfd.get(), SIGKILL);
    if (!wait_for_exit(pidfd.get(), 10s)) {
        throw Error{ErrorKind::Timeout, concat("the container's init process ", init.pid, " did not end within 10 seconds of SIGKILL")};
    }
}

/// Of a container that was created in part. Cgroups are made when config.json is whole: one that is not had none.
std::string cgroup_path_of_part(int directory, const std::string& id) {
    try {
        if (const auto config = read_file_if_exists_at(directory, "config.json")) {
            return cgroup::container_path(parse_spec(*config).lnx.cgroups_path, id);
        }
    } catch (const ConfigInvalid& error) {
        log::debug(concat(error.what(), ", ignoring"));
    }
    return cgroup::container_path("", id);
}

}  // namespace

Container Factory::create(const std::string& id, const Spec& spec, std::string_view config_json, const CreateOptions& options) {
    check_id(id);
    if (!spec.has_process) throw ConfigInvalid{"config: process is missing"};
    const UniqueFd root = make_directory(root_, 0700);
    if (::mkdirat(root.get(), id.c_str(), 0700) != 0) {
        if (errno == EEXIST) throw IdInUse{concat("container ", quote(id), " exists already")};
        throw SystemError{errno, concat("making the directory of container ", quote(id))};
    }
    Undo undo{[&] { remove_tree_at(root.get(), id); }};
    UniqueFd directory = open_directory_at(root.get(), id);
    const UniqueFd config = open_at(directory.get(), "config.json", O_WRONLY | O_CREAT | O_EXCL, 0600);
    write_all(config.get(), config_json, "config.json");
    if (!options.shared_directory.empty()) static_cast<void>(make_directory_at(directory.get(), options.shared_directory, 0755));
    Record record = Creation{directory.get(), id, spec, options, cache()}.run();
    undo.keep();
    return {std::move(directory), std::move(record), cache()};
}

Container Factory::load(const std::string& id) const {
    check_id(id);
    UniqueFd directory = open_or_null(root_, id);
    if (!directory) throw NotExists{concat("container ", quote(id), " does not exist")};
    Record record = read_record(directory.get(), id);
    return {std::move(directory), std::move(record), cache()};
}

void Factory::remove(const std::string& id, bool force) {
    check_id(id);
    const UniqueFd directory = open_or_null(root_, id);
    if (!directory) throw NotExists{concat("container ", quote(id), " does not exist")};
    Record record;
    record.id = id;
    try {
        record = read_record(directory.get(), id);
    } catch (const Error&) {
        record.cgroup_path = cgroup_path_of_part(directory.get(), id);
    }
    Container container{open_directory_at(directory.get(), "."), record, cache()};
    const Status status = container.status();
    if (!force && (status == Status::Running || status == Status::Paused)) {
        throw Error{ErrorKind::WrongState, concat("cannot delete container ", quote(id), ": it is ", status == Status::Paused ? "paused" : "running"), "stop it first, or use --force"};
    }
    if (status == Status::Paused) container.cgroup().thaw();
    kill_and_wait(record.init);
    container.cgroup().remove();
    if (record.host_mount != 0) HostMount{record.rootfs}.detach(record.host_mount);
    if (!record.systemd_unit.empty()) cgroup::stop_scope(record.systemd_unit);
    std::vector<Hook> hooks;
    std::string state;
    try {
        if (record.late_hooks) hooks = container.spec().hooks.poststop;
        if (!hooks.empty()) state = state_document(record, "stopped", 0, container.spec());
    } catch (const Error& error) {
        log::debug(concat(error.what(), ", ignoring"));
    }
    const UniqueFd root = open_directory(root_);
    remove_tree_at(root.get(), id);
    run_late_hooks("poststop", hooks, state);
}

std::vector<std::string> Factory::list() const {
    const UniqueFd root = open_at_if_exists(AT_FDCWD, root_, O_RDONLY | O_DIRECTORY);
    std::vector<std::string> ids;
    if (!root) return ids;
    for (const std::string& name : list_directory(root.get())) {
        if (!name.starts_with('@')) ids.push_back(name);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

}  // namespace skiff::oci::native
