#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "oci/native/cgroup/systemd.h"
#include "oci/native/console.h"
#include "oci/native/errors.h"
#include "oci/native/factory.h"
#include "oci/native/hooks.h"
#include "oci/native/join_facts.h"
#include "oci/native/launch.h"
#include "oci/native/lsm.h"
#include "oci/native/seccomp.h"
#include "oci/native/spec_parse.h"
#include "oci/native/stage_message.h"
#include "oci/native/start_gate.h"
#include "stub/stub.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

/// Left in the container's directory before a container that was not started is frozen.
constexpr const char* kPausedMark = "paused-before-start";

const char* status_word(Status status) {
    switch (status) {
        case Status::Creating: return "creating";
        case Status::Created: return "created";
        case Status::Running: return "running";
        case Status::Paused: return "paused";
        case Status::Stopped: return "stopped";
    }
    return "unknown";
}

/// Namespaces of the container that a joining process enters by setns; the PID namespace is entered by being born.
int flags_to_join(const Spec& spec) {
    int flags = 0;
    for (const Namespace& entry : spec.lnx.namespaces) {
        if (entry.flag != CLONE_NEWPID) flags |= entry.flag;
    }
    return flags;
}

/// All processes that share init's PID namespace: what a container without a cgroup has instead.
std::vector<pid_t> members_of_pid_namespace(const ProcessIdentity& init) {
    std::vector<pid_t> members;
    const auto wanted = is_alive(init) ? read_link_at(AT_FDCWD, concat("/proc/", init.pid, "/ns/pid")) : std::nullopt;
    if (!wanted) return members;
    const UniqueFd proc = open_directory("/proc");
    for (const std::string& name : list_directory(proc.get())) {
        const auto pid = parse_int(name);
        if (pid && read_link_at(proc.get(), concat(name, "/ns/pid")) == wanted) members.push_back(static_cast<pid_t>(*pid));
    }
    return members;
}

/// The pid is still the container's when its root has been opened.
UniqueFd open_root_of(pid_t pid, int pidfd) {
    UniqueFd root = open_at(AT_FDCWD, concat("/proc/", pid, "/root"), O_PATH | O_DIRECTORY);
    if (wait_for_exit(pidfd, std::chrono::milliseconds{0})) throw Error{ErrorKind::WrongState, "the container is not running"};
    return root;
}

}  // namespace

Container::Container(UniqueFd directory, Record record, std::string cache)
    : directory_{std::move(directory)}, record_{std::move(record)}, cache_{std::move(cache)} {}

const Spec& Container::spec() {
    if (!spec_) spec_ = parse_spec(read_file_at(directory_.get(), "config.json"));
    return *spec_;
}

const cgroup::Layout& Container::layout() const {
    if (!layout_) layout_ = record_.cgroup_path.empty() ? cgroup::Layout{} : cgroup::read_layout();
    return *layout_;
}

cgroup::Cgroup Container::cgroup() const { return {layout(), record_.cgroup_path}; }

Status Container::status() const {
    if (!is_alive(record_.init)) return Status::Stopped;
    if (is_waiting(directory_.get())) return paused_before_start() && cgroup().frozen() ? Status::Paused : Status::Created;
    return cgroup().frozen() ? Status::Paused : Status::Running;
}

/// Before a container is started its cgroup is looked at only when somebody has frozen it, which is rare: each look costs the start some time.
bool Container::paused_before_start() const { return ::faccessat(directory_.get(), kPausedMark, F_OK, 0) == 0; }

pid_t Container::pid() const { return is_alive(record_.init) ? record_.init.pid : 0; }

std::string Container::state_json() {
    const Status now = status();
    return state_document(record_, status_word(now), now == Status::Stopped ? 0 : record_.init.pid, spec());
}

void Container::require(std::initializer_list<Status> allowed, const char* what) const {
    const Status now = status();
    if (std::find(allowed.begin(), allowed.end(), now) != allowed.end()) return;
    throw Error{ErrorKind::WrongState, concat("cannot ", what, " container ", quote(record_.id), ": it is ", status_word(now))};
}

void Container::require_cgroup(const char* what) const {
    if (!record_.cgroup_path.empty()) return;
    throw Error{ErrorKind::Unsupported, concat(what, " needs a cgroup, and container ", quote(record_.id), " has none"), "cgroups were mounted read-only when it was created"};
}

void Container::start() {
    // Two starters: the second finds nobody waiting.
    const UniqueFd lock = open_directory_at(directory_.get(), ".");
    if (::flock(lock.get(), LOCK_EX) != 0) throw SystemError{errno, "locking the container"};
    require({Status::Created}, "start");
    const std::string report = open_gate(directory_.get());
    if (!report.empty()) throw_report(report, spec().process);
    if (!record_.late_hooks) return;
    // A short program may have ended by now; what the hook is told is that it was started.
    run_late_hooks("poststart", spec().hooks.poststart, state_document(record_, "running", record_.init.pid, spec()));
}

void Container::kill(int signal, bool all) {
    if (all && record_.cgroup_path.empty()) {
        for (const pid_t each : processes()) ::kill(each, signal);
        return;
    }
    if (all) {
        cgroup().signal_all(signal);
        return;
    }
    const UniqueFd pidfd = open_pidfd(record_.init);
    // containerd tells by these words that the process has ended.
    if (!pidfd || !send_signal(pidfd.get(), signal)) {
        throw Error{ErrorKind::WrongState, concat("cannot signal ", quote(record_.id), ": container not running")};
    }
}

pid_t Container::exec(const Process& process, const ExecOptions& options) {
    if (!options.ignore_paused) require({Status::Running, Status::Created}, "execute a process in");
    else require({Status::Running, Status::Created, Status::Paused}, "execute a process in");
    check_labels(process);
    if (!options.cgroup.empty()) require_cgroup("an execution in a cgroup below");
    const UniqueFd pidfd = open_pidfd(record_.init);
    const std::string path = options.cgroup.empty() ? record_.cgroup_path
                                                    : cgroup::container_path(concat(record_.cgroup_path, "/", options.cgroup), "");
    cgroup::Cgroup group{layout(), path};
    UniqueFd unified = group.make_unified();
    if (!options.cgroup.empty()) group.make_legacy();
    SocketPair sockets = make_socket_pair(SOCK_SEQPACKET);
    Pipe result = make_pipe();
    std::optional<JoinFacts> facts = read_join_facts(directory_.get());
    const Spec joined = facts ? spec_of(*facts) : Spec{};
    const Spec& asked = facts ? joined : spec();
    InitPlan plan;
    plan.spec = &asked;
    plan.process = &process;
    plan.id = record_.id;
    plan.cgroup = &group;
    plan.channel = Channel{std::move(sockets.second)};
    plan.stdio = options.stdio;
    plan.preserve_fds = options.preserve_fds;
    plan.ends_with_caller = options.ends_with_caller;
    plan.host_null = open_at(AT_FDCWD, "/dev/null", O_RDWR);
    plan.result = std::move(result.write_end);
    plan.stub = make_stub();
    if (process.terminal) plan.console_socket = connect_unix(options.console_socket);
    const bool user_namespace = asked.find_namespace(CLONE_NEWUSER) != nullptr;
    const UniqueFd root = record_.chrooted ? open_root_of(record_.init.pid, pidfd.get()) : UniqueFd{};
    const JoinPlan join{pidfd.get(), record_.init.pid, flags_to_join(asked), user_namespace, root.get()};
    Launch launch{plan, Channel{std::move(sockets.first)}, {}, {}, unified.get()};
    launch.born = options.born;
    if (options.born) {
        Pipe gate = make_pipe();
        plan.gate = std::move(gate.read_end);
        launch.gate = std::move(gate.write_end);
    }
    SeccompProgram program;
    bool filter_lets_wait = true;
    if (facts) {
        program = {std::move(facts->seccomp), facts->seccomp_flags, /*notify=*/false};
        filter_lets_wait = facts->filter_lets_wait;
    } else if (asked.lnx.seccomp) {
        program = cached_seccomp(*asked.lnx.seccomp, cache_);
        filter_lets_wait = lets_stub_wait(*asked.lnx.seccomp);
    }
    if (program.notify) plan.notify_socket = connect_unix(asked.lnx.seccomp->listener_path);
    launch.prepare = [&](pid_t pid) {
        return Preparation{program.flags, std::move(program.instructions), pid, state_document(record_, "running", record_.init.pid, asked), filter_lets_wait};
    };
    ChildProcess child{launch_exec(launch, join)};
    const std::string report = read_all(result.read_end.get(), 4096, "the start report");
    if (!report.empty()) throw_report(report, process);
    return child.detach();
}

void Container::pause() {
    require({Status::Created, Status::Running}, "pause");
    require_cgroup("a pause");
    if (is_waiting(directory_.get())) const UniqueFd mark = open_at(directory_.get(), kPausedMark, O_WRONLY | O_CREAT, 0600);
    cgroup().freeze();
}

void Container::resume() {
    require({Status::Paused}, "resume");
    cgroup().thaw();
    ::unlinkat(directory_.get(), kPausedMark, 0);
}

void Container::update(const Resources& resources) {
    require({Status::Created, Status::Running, Status::Paused}, "update");
    require_cgroup("an update");
    if (!record_.systemd_unit.empty()) cgroup::update_scope(record_.systemd_unit, resources);
    cgroup().apply(resources, /*first=*/false);
}

std::vector<pid_t> Container::processes() const {
    return record_.cgroup_path.empty() ? members_of_pid_namespace(record_.init) : cgroup().processes();
}

}  // namespace skiff::oci::native
