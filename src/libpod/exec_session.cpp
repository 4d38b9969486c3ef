#include "libpod/exec_session.h"

#include <fcntl.h>
#include <signal.h>

#include "libpod/bundle.h"
#include "libpod/container_events.h"
#include "libpod/exec_attended.h"
#include "libpod/exec_process.h"
#include "libpod/launcher.h"
#include "libpod/lifecycle.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

struct ExecPlan {
    std::string oci_runtime;
    fs::path session_dir;
    AskedProcess asked;
    bool attached = false;  ///< somebody waits, and not at a terminal: the session is likely to be short
    oci::monitor::Plan monitor;
    UniqueFd listener;
};

fs::path session_dir(const Runtime& runtime, const std::string& container_id, const std::string& session_id) {
    return runtime.run_dir(container_id) / "exec" / session_id;
}

ExecPlan plan_exec(const Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const ExecOptions& options,
                   const std::string& session_id) {
    ExecPlan plan;
    plan.attached = !options.detach && !options.terminal;
    plan.oci_runtime = oci_runtime_of(row, runtime);
    plan.session_dir = session_dir(runtime, row.id, session_id);
    plan.asked = asked_process(runtime, row, config, options);
    plan.monitor.id = session_id;
    plan.monitor.is_exec = true;
    plan.monitor.run_dir = plan.session_dir;
    plan.monitor.terminal = options.terminal;
    plan.monitor.stdin_open = options.interactive;
    plan.monitor.stdin_once = true;
    plan.monitor.log.driver = "none";
    plan.monitor.timeout = options.timeout;
    plan.monitor.exit_command = runtime.own_command_prefix();
    plan.monitor.exit_command.insert(plan.monitor.exit_command.end(), {"container", "settle", "--exec", session_id, row.id});
    return plan;
}

/// In the launcher. Ends by becoming the session's monitor.
void launch(const Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, ExecPlan& plan, int preserve_fds,
            LauncherChannel& channel) {
    const ResolvedUser user = user_of(row, plan.asked);
    const UniqueFd dir = open_directory(plan.session_dir);
    const Json process = make_exec_process(config, user, probe_host(), plan.asked.exec);
    replace_file_at(dir.get(), "process.json", dump(process), 0600);
    auto streams = oci::monitor::make_streams(plan.monitor, user.uid, user.gid, std::move(plan.listener));
    fault_point("exec:create");
    oci::ExecRequest request;
    request.id = row.id;
    request.process_file = plan.session_dir / "process.json";
    request.process = &process;
    request.stdio = {streams.container_stdin.get(), streams.container_stdout.get(), streams.container_stderr.get()};
    if (plan.asked.exec.terminal) request.console_socket = plan.session_dir / "console";
    request.preserve_fds = preserve_fds;
    LaunchReport report;
    report.process = identity_of(runtime.oci_runtime(plan.oci_runtime).exec(request));
    if (plan.asked.exec.terminal) {
        streams.monitor_side.terminal = oci::monitor::receive_console(streams.console_listener.get(), std::chrono::seconds{10});
    }
    report.monitor = identity_of_self();
    report.oci_runtime = plan.oci_runtime;
    plan.monitor.process = report.process;
    oci::monitor::record_plan(plan.monitor);
    if (!channel.report(report)) {
        if (const UniqueFd pidfd = open_pidfd(report.process)) send_signal(pidfd.get(), SIGKILL);
        ::_exit(125);  // the row is repaired by way of its intent: the database is the caller's
    }
    fault_point("exec:reported");
    if (plan.attached) oci::monitor::stay_as_monitor(plan.monitor, std::move(streams.monitor_side));
    oci::monitor::become_monitor(plan.monitor, std::move(streams.monitor_side));
}

std::string exec_details(const std::string& session_id) { return concat(R"({"exec_id":")", session_id, R"("})"); }

std::int64_t begin_session(const Runtime& runtime, const ExecRow& session, bool is_probe) {
    state::Transaction transaction{runtime.db()};
    record_session(runtime, session, is_probe);
    const auto intent = state::begin_intent(runtime.db(), "exec", session.id, "exec", dump(Json{{"container", session.container_id}}));
    transaction.commit();
    fault_point("intent:exec");
    return intent;
}

void record_started(const Runtime& runtime, ExecRow& session, const LaunchReport& report, std::int64_t intent) {
    session.process = report.process;
    session.monitor = report.monitor;
    state::Transaction transaction{runtime.db()};
    update_exec_processes(runtime.db(), session);
    state::finish_intent(runtime.db(), intent);
    transaction.commit();
    fault_point("exec:recorded");
}

void make_session_dir(const Runtime& runtime, const std::string& container_id, const std::string& session_id) {
    const UniqueFd run_dir = open_directory(runtime.run_dir(container_id));
    const UniqueFd parent = make_directory_at(run_dir.get(), "exec", 0711);
    const UniqueFd made = make_directory_at(parent.get(), session_id, 0711);
}

/// What the launcher keeps: the listener, and what the caller passes on.
std::vector<int> descriptors_to_keep(const ExecPlan& plan, int preserved) {
    std::vector<int> numbers{plan.listener.get()};
    for (int fd = 3; fd < 3 + preserved; ++fd) numbers.push_back(fd);
    return numbers;
}

Json stored_config(const ExecOptions& options) {
    return {{"command", options.command}, {"user", options.user}, {"terminal", options.terminal}, {"detach", options.detach}, {"probe", options.is_probe}};
}

/// Row and intent are read in one snapshot: between two looks a session may have been started, and the row from before
/// knows no process yet.
std::vector<ExecRow> ended_sessions(const Runtime& runtime, const std::string& container_id) {
    const state::Snapshot snapshot{runtime.db()};
    auto sessions = read_execs(runtime.db(), container_id);
    std::erase_if(sessions, [&](const ExecRow& session) {
        const bool starting = !state::intents_of(runtime.db(), "exec", session.id).empty();
        return starting || is_alive(session.monitor) || is_alive(session.process);
    });
    return sessions;
}

[[noreturn]] void refuse_without_session() {
    throw Error{ErrorKind::Unsupported, "--no-session: a process in the background, with a terminal or of an external OCI runtime needs a session",
                "leave out --no-session"};
}

/// One with a launcher and a monitor.
RunOutcome run_monitored(Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const ExecOptions& options,
                         const AttachStreams& streams, ExecRow session) {
    const auto intent = begin_session(runtime, session, options.is_probe);
    make_session_dir(runtime, row.id, session.id);
    ExecPlan plan = plan_exec(runtime, row, config, options, session.id);
    // The client is connected before anything can be said: nobody has to wait for the other.
    plan.listener = oci::monitor::listen_for_clients(plan.session_dir);
    std::optional<oci::monitor::AttachSession> attached;
    if (!options.detach) {
        attached.emplace(plan.session_dir, oci::monitor::AttachOptions{.stdin_fd = streams.in,
                                                                       .stdout_fd = streams.out,
                                                                       .stderr_fd = streams.err,
                                                                       .detach_keys = streams.detach_keys,
                                                                       .sig_proxy = streams.sig_proxy,
                                                                       .promise_settle = true});
    }
    Launch launched{plan.session_dir, launcher_cgroup_for(config.cgroups), descriptors_to_keep(plan, options.preserve_fds), [&](LauncherChannel& channel) {
                        launch(runtime, row, config, plan, options.preserve_fds, channel);
                    }};
    plan.listener.reset();  // a dead launcher is seen by the end of the connection
    record_started(runtime, session, launched.wait_report(), intent);
    if (!attached) return {.detached = true, .exit_code = 0};
    const auto result = attached->run(session.process);
    if (result.detached) return {.detached = true, .exit_code = 0};
    settle_exec_session(runtime, row.id, session.id);
    attached->settled();
    return {.detached = false, .exit_code = result.exit ? result.exit->code : 137, .timed_out = result.exit && oci::monitor::is_timed_out(*result.exit)};
}

/// Within the caller's transaction.
void forget_session(const Runtime& runtime, const std::string& container_id, const std::string& session_id, int exit_code) {
    const auto config = delete_exec(runtime.db(), session_id);
    if (!config || bool_or(parse_json(*config, "an exec session"), "probe")) return;
    record_container_event(runtime.db(), container_id, "exec_died", concat(R"({"exit_code":)", exit_code, R"(,"exec_id":")", session_id, R"("})"));
}

}  // namespace

void record_session(const Runtime& runtime, const ExecRow& session, bool is_probe) {
    insert_exec(runtime.db(), session);
    if (!is_probe) record_container_event(runtime.db(), session.container_id, "exec", exec_details(session.id));
}

RunOutcome run_exec(Runtime& runtime, const ContainerRow& row, const ContainerConfig& config, const ExecOptions& options,
                    const AttachStreams& streams, std::string& session_id) {
    transition_for(Operation::Exec, row.state.state, {.init_alive = is_alive(row.state.init)}, row.name);
    if (options.has_session) sweep_exec_sessions(runtime, row.id);
    const ExecRow session{random_id(), row.id, dump(stored_config(options)), {}, {}, now_nanos()};
    session_id = session.id;
    try {
        const bool attended = can_attend(options, streams, oci_runtime_of(row, runtime));
        if (!attended && !options.has_session) refuse_without_session();
        return (attended ? run_attended : run_monitored)(runtime, row, config, options, streams, session);
    } catch (const Error& error) {
        if (options.has_session) settle_exec_session(runtime, row.id, session.id);
        throw error.in(concat("exec in container ", quote(row.name)));
    }
}

void settle_attended(const Runtime& runtime, const ExecRow& session, int exit_code) {
    state::Transaction transaction{runtime.db()};
    forget_session(runtime, session.container_id, session.id, exit_code);
    transaction.commit();
}

void settle_exec_session(const Runtime& runtime, const std::string& container_id, const std::string& session_id) {
    const auto exit = oci::monitor::read_exit_file(session_dir(runtime, container_id, session_id));
    const UniqueFd sessions = open_at_if_exists(AT_FDCWD, runtime.run_dir(container_id) / "exec", O_RDONLY | O_DIRECTORY);
    if (sessions) remove_tree_at(sessions.get(), session_id);
    state::Transaction transaction{runtime.db()};
    forget_session(runtime, container_id, session_id, exit ? exit->code : 137);
    runtime.db().prepare("DELETE FROM intent WHERE object_kind = 'exec' AND object_id = ?").bind(session_id).run();
    transaction.commit();
}

void sweep_exec_sessions(const Runtime& runtime, const std::string& container_id) {
    for (const auto& session : ended_sessions(runtime, container_id)) settle_exec_session(runtime, container_id, session.id);
}

void repair_exec(const Runtime& runtime, const state::IntentRow& intent) {
    // Its owner may have finished between the reading of the row and its end: only what is still there was cut short.
    if (state::intents_of(runtime.db(), "exec", intent.object_id).empty()) return;
    const std::string container_id = string_or(parse_json(intent.data, "intent"), "container");
    const ProcessIdentity launcher = recorded_launcher(session_dir(runtime, container_id, intent.object_id));
    if (const UniqueFd pidfd = open_pidfd(launcher)) {
        send_signal(pidfd.get(), SIGKILL);
        wait_for_exit(pidfd.get(), std::chrono::seconds{10});
    }
    settle_exec_session(runtime, container_id, intent.object_id);
}

void Runtime::settle_exec(const std::string& container_id, const std::string& session_id) {
    settle_exec_session(*this, container_id, session_id);
}

}  // namespace skiff::libpod
