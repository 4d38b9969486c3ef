/// The monitor's event loop and its end.

#include "oci/monitor/monitor.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "oci/monitor/attach_server.h"
#include "oci/monitor/background.h"
#include "oci/monitor/blocked_parents.h"
#include "oci/monitor/companions.h"
#include "oci/monitor/launch.h"
#include "oci/monitor/notify_proxy.h"
#include "oci/monitor/oom_watch.h"
#include "oci/monitor/port_server.h"
#include "oci/monitor/probe_timer.h"
#include "oci/monitor/process_watch.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/file_pages.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::chrono::milliseconds kForever{-1};
constexpr std::chrono::milliseconds kQuietBeforeTrim{1000};
/// An end is a matter of milliseconds.
constexpr std::chrono::seconds kUsualEnd{1};
/// What was there has been passed on. A process that writes page after page would wake this one, and the client, for each:
/// meanwhile its pipe, which holds 1 MB, gets some hundred KB.
constexpr useconds_t kPauseUs = 100;

/// Static: a page that no output ever touched costs nothing.
alignas(4096) char buffers[kStreams][kBufferBytes];

UniqueFd watch_children() {
    sigset_t mask;
    ::sigemptyset(&mask);
    ::sigaddset(&mask, SIGCHLD);
    UniqueFd fd{::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!fd) throw SystemError{errno, "monitor: signalfd"};
    return fd;
}

/// Counted from the process's start, so that a successor keeps the deadline.
UniqueFd make_deadline(const Plan& plan) {
    if (!plan.timeout) return {};
    UniqueFd timer{::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)};
    if (!timer) throw SystemError{errno, "monitor: timerfd_create"};
    const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    itimerspec when{};
    // A start time is cut to whole ticks: the next one, or it would come up to a tick too early.
    const auto start_ns = (plan.process.start_ticks + 1) * (1'000'000'000 / ticks_per_second);
    const auto end_ns = start_ns + static_cast<std::uint64_t>(std::chrono::nanoseconds{*plan.timeout}.count());
    when.it_value.tv_sec = static_cast<time_t>(end_ns / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(end_ns % 1'000'000'000);
    if (::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &when, nullptr) != 0) throw SystemError{errno, "monitor: timerfd_settime"};
    return timer;
}

UniqueFd stdin_target_of(const Plan& plan, PlanFds& fds) {
    if (!plan.stdin_open) return {};
    if (plan.terminal) return fds.terminal ? duplicate(fds.terminal.get()) : UniqueFd{};
    if (fds.stdin_writer) ::fcntl(fds.stdin_writer.get(), F_SETFL, O_WRONLY | O_NONBLOCK);
    return std::move(fds.stdin_writer);
}

class Monitor {
public:
    Monitor(Plan plan, PlanFds fds, const Background& background, std::function<void()> after_end);
    /// Until the process has ended, everything is told, and whoever promised to settle has or is gone.
    void run();
    bool needs_exit_command() const { return !server_.is_settled() && !plan_.exit_command.empty(); }
    const Plan& plan() const noexcept { return plan_; }

private:
    struct StreamState {
        bool polled = false;
        bool ready = false;
        bool blocked = false;
        bool hung_up = false;
    };

    static std::unique_ptr<LogWriter> open_log(const Plan& plan);
    void add_stream(LogStream kind, UniqueFd source, bool is_terminal);
    void poll_sources();
    std::chrono::milliseconds patience() const;
    void step();
    void dispatch(const epoll_event& event);
    void pump_streams();
    void pump(std::size_t index);
    void set_polled(std::size_t index, bool polled);
    void on_deadline();
    void look_for_blocked_parents();
    void trim();
    void end(const ExitStatus& status);
    void record(const ExitFile& exit) const;

    Plan plan_;
    Poller poller_;
    UniqueFd signals_;
    ProcessWatch process_;
    UniqueFd deadline_;
    bool timed_out_ = false;
    OomWatch oom_;
    ProbeTimer probe_;
    std::unique_ptr<LogWriter> log_;
    int terminal_;
    AttachServer server_;
    Companions companions_;
    std::optional<PortServer> ports_;
    NotifyProxy notify_;
    std::vector<OutputStream> streams_;
    std::vector<StreamState> states_;
    UniqueFd mount_namespace_;
    std::function<void()> after_end_;
    /// Its output has ended, and so probably has the process; whether somebody holds up its end is looked at then.
    std::optional<Companions::Clock::time_point> blocked_look_;
    bool untrimmed_ = true;
    bool look_at_process_ = true;
    bool ended_ = false;
};

Monitor::Monitor(Plan plan, PlanFds fds, const Background& background, std::function<void()> after_end)
    : plan_{std::move(plan)},
      signals_{watch_children()},
      process_{plan_.process},
      deadline_{make_deadline(plan_)},
      oom_{plan_.oom_watch ? plan_.cgroup_events : std::string{}},
      probe_{poller_, plan_.run_dir / kProbeName, plan_.probe_command, background},
      log_{open_log(plan_)},
      terminal_{fds.terminal.get()},
      server_{poller_, plan_, std::move(fds.attach_listener), terminal_, stdin_target_of(plan_, fds)},
      companions_{poller_, plan_.run_dir},
      notify_{std::move(fds.notify), plan_.notify_socket},
      mount_namespace_{std::move(fds.mount_namespace)},
      after_end_{std::move(after_end)} {
    streams_.reserve(kStreams);
    if (fds.terminal) add_stream(LogStream::Stdout, std::move(fds.terminal), /*is_terminal=*/true);
    if (fds.stdout_reader) add_stream(LogStream::Stdout, std::move(fds.stdout_reader), /*is_terminal=*/false);
    if (fds.stderr_reader) add_stream(LogStream::Stderr, std::move(fds.stderr_reader), /*is_terminal=*/false);
    server_.watch_streams(streams_);
    if (!plan_.ports.empty()) ports_.emplace(plan_.ports, std::move(fds.ports));
    poll_sources();
}

/// A container whose log cannot be opened runs without one: there is nobody left to tell.
std::unique_ptr<LogWriter> Monitor::open_log(const Plan& plan) {
    if (plan.is_exec) return nullptr;
    try {
        return LogWriter::open(plan.log);
    } catch (const Error&) {
        return nullptr;
    }
}

void Monitor::add_stream(LogStream kind, UniqueFd source, bool is_terminal) {
    const std::size_t index = streams_.size();
    streams_.emplace_back(kind, std::move(source), is_terminal, std::span{buffers[index]}, log_.get());
    states_.emplace_back();
    set_polled(index, true);
}

void Monitor::poll_sources() {
    poller_.add(signals_.get(), EPOLLIN, token(EventSource::Signal));
    if (process_.pidfd() >= 0) poller_.add(process_.pidfd(), EPOLLIN, token(EventSource::Process));
    if (deadline_) poller_.add(deadline_.get(), EPOLLIN, token(EventSource::Timer));
    if (oom_.fd() >= 0) poller_.add(oom_.fd(), EPOLLIN, token(EventSource::Oom));
    if (notify_.fd() >= 0) poller_.add(notify_.fd(), EPOLLIN, token(EventSource::Notification));
    if (ports_ && ports_->serves()) poller_.add(ports_->fd(), EPOLLIN, token(EventSource::Ports));
}

void Monitor::set_polled(std::size_t index, bool polled) {
    StreamState& state = states_[index];
    if (std::exchange(state.polled, polled) == polled) return;
    if (!polled) poller_.remove(streams_[index].source());
    else poller_.add(streams_[index].source(), EPOLLIN, token(EventSource::Stream, static_cast<std::uint32_t>(index)));
}

void Monitor::run() {
    server_.on_listener();  // those who came before the process could write
    while (!ended_) {
        const bool look = std::exchange(look_at_process_, false);
        if (const auto status = look ? process_.poll_end() : std::nullopt) {
            end(*status);
            continue;
        }
        if (look) probe_.look();
        step();
    }
    while (server_.somebody_will_settle()) step();
}

std::chrono::milliseconds Monitor::patience() const {
    for (const auto& state : states_) {
        if (state.ready && !ended_) return std::chrono::milliseconds{0};
    }
    const auto quiet = untrimmed_ ? kQuietBeforeTrim : kForever;
    const auto look = std::min(companions_.next_look(), blocked_look_.value_or(Companions::Clock::time_point::max()));
    if (look == Companions::Clock::time_point::max()) return quiet;
    const auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(look - Companions::Clock::now()), std::chrono::milliseconds{0});
    return quiet == kForever ? left : std::min(left, quiet);
}

void Monitor::step() {
    const auto wait = patience();
    const auto events = poller_.wait(wait);
    if (events.empty() && wait == kQuietBeforeTrim) trim();
    for (const auto& event : events) dispatch(event);
    if (server_.take_companions_changed() && !ended_) companions_.reload();
    companions_.expire(Companions::Clock::now());
    look_for_blocked_parents();
    if (!ended_) pump_streams();
}

void Monitor::dispatch(const epoll_event& event) {
    const auto number = static_cast<std::uint32_t>(event.data.u64);
    switch (static_cast<EventSource>(event.data.u64 >> 32)) {
        case EventSource::Listener: server_.on_listener(); return;
        case EventSource::Control: server_.on_control(number); return;
        case EventSource::ClientPipe: server_.on_client_pipe(number, event.events); return;
        case EventSource::ClientStdin: server_.on_client_stdin(number); return;
        case EventSource::StdinTarget: server_.on_stdin_target(); return;
        case EventSource::Stream: states_[number].ready = true; return;
        case EventSource::Oom: oom_.refresh(); return;
        case EventSource::Companion: companions_.on_end(number); return;
        case EventSource::Ports: ports_->step(); return;
        case EventSource::Notification: notify_.step(); return;
        case EventSource::ProbeTime:
            if (!ended_) probe_.on_time();
            return;
        case EventSource::Process: look_at_process_ = true; return;
        case EventSource::Signal: {
            look_at_process_ = true;
            signalfd_siginfo ignored;
            while (::read(signals_.get(), &ignored, sizeof ignored) > 0) {
            }
            return;
        }
        case EventSource::Timer: on_deadline(); return;
    }
}

void Monitor::pump_streams() {
    for (std::size_t index = 0; index < streams_.size(); ++index) {
        if (streams_[index].is_open() && (states_[index].ready || states_[index].blocked)) pump(index);
    }
}

void Monitor::pump(std::size_t index) {
    OutputStream& stream = streams_[index];
    StreamState& state = states_[index];
    untrimmed_ = true;
    const PumpResult result = stream.pump(server_.clients());
    state.ready = result == PumpResult::More;
    state.blocked = result == PumpResult::Blocked;
    if (result == PumpResult::Blocked) server_.await_blocked(stream.kind());
    if (result == PumpResult::Ended || (result == PumpResult::HungUp && !state.hung_up)) blocked_look_ = Companions::Clock::now() + kUsualEnd;
    if (result == PumpResult::Ended) {
        set_polled(index, false);
        stream.drain(server_.clients());
        return;
    }
    // A hung-up terminal would be reported without end; edge-triggered it is again when somebody writes to it.
    const bool hung_up = result == PumpResult::HungUp;
    if (hung_up != state.hung_up && state.polled) {
        poller_.modify(stream.source(), hung_up ? EPOLLIN | EPOLLET : EPOLLIN, token(EventSource::Stream, static_cast<std::uint32_t>(index)));
        state.hung_up = hung_up;
    }
    set_polled(index, !state.blocked);
    if (result == PumpResult::Idle && stream.flows()) ::usleep(kPauseUs);
}

void Monitor::look_for_blocked_parents() {
    if (ended_ || !blocked_look_ || Companions::Clock::now() < *blocked_look_) return;
    blocked_look_.reset();
    if (end_blocked_parents(plan_.process)) blocked_look_ = Companions::Clock::now() + kUsualEnd;
}

/// Again once a second while it does not end.
void Monitor::on_deadline() {
    const itimerspec again{{}, {kUsualEnd.count(), 0}};
    ::timerfd_settime(deadline_.get(), 0, &again, nullptr);
    if (std::exchange(timed_out_, true)) end_blocked_parents(plan_.process);
    else process_.kill(SIGKILL);
}

void Monitor::trim() {
    for (auto& stream : streams_) stream.trim();
    LogBatch::trim_memory();
    ::malloc_trim(0);
    release_file_pages();
    untrimmed_ = false;
}

void Monitor::end(const ExitStatus& status) {
    ended_ = true;
    oom_.refresh();
    server_.on_listener();
    for (std::size_t index = 0; index < streams_.size(); ++index) {
        if (!streams_[index].is_open()) continue;
        set_polled(index, false);
        streams_[index].drain(server_.clients());
    }
    log_.reset();
    if (ports_ && ports_->serves()) poller_.remove(ports_->fd());
    ports_.reset();  // free before anybody learns of the end: he may start the next one
    const bool by_deadline = timed_out_ && status.signal == SIGKILL;
    const ExitFile exit{by_deadline ? kTimedOutStatus : status.code, status.signal, oom_.oom_killed(), now_nanos()};
    record(exit);
    companions_.forget_all();  // whoever is told of the end sees to them: one that ends for it is not missed
    server_.tell_exit(exit);
    if (process_.pidfd() >= 0) poller_.remove(process_.pidfd());
    if (deadline_) poller_.remove(deadline_.get());
    if (after_end_) after_end_();
    mount_namespace_.reset();  // takes the mounts down, while whoever was told goes on
}

/// Not being able to write it is passed over: the exit command finds the process gone and records it as unknown.
void Monitor::record(const ExitFile& exit) const {
    try {
        fault_point("monitor before exit file");
        write_exit_file(plan_.run_dir, exit);
        fault_point("monitor after exit file");
    } catch (const Error&) {
        return;
    }
}

constexpr int kFailed = 125;

std::vector<int> descriptors_of(const PlanFds& fds) {
    std::vector<int> numbers{fds.attach_listener.get(), fds.stdin_writer.get(), fds.stdout_reader.get(), fds.stderr_reader.get(), fds.terminal.get(), fds.notify.get()};
    for (const auto& port : fds.ports) numbers.push_back(port.get());
    numbers.push_back(fds.mount_namespace.get());
    return numbers;
}

/// A monitor has no terminal to complain to.
void leave_note(const fs::path& run_dir, std::string_view text) noexcept {
    try {
        const UniqueFd dir = open_directory(run_dir);
        replace_file_at(dir.get(), "monitor.error", concat(text, "\n"), 0600);
    } catch (const Error&) {
        return;
    }
}

int monitor_until_end(Launch launch, std::function<void()> after_end) {
    const Background background{descriptors_of(launch.fds)};
    reserve_exit_file(launch.plan.run_dir);
    std::vector<std::string> exit_command;
    {
        Monitor monitor{std::move(launch.plan), std::move(launch.fds), background, std::move(after_end)};
        monitor.run();
        if (monitor.needs_exit_command()) exit_command = monitor.plan().exit_command;
    }
    if (exit_command.empty()) return 0;
    fault_point("monitor before exit command");
    background.execute(exit_command);
    throw SystemError{errno, concat("executing ", quote(exit_command[0]))};
}

}  // namespace

void stay_as_monitor(const Plan& plan, PlanFds fds, std::function<void()> after_end) noexcept {
    try {
        ::_exit(monitor_until_end({plan, std::move(fds)}, std::move(after_end)));
    } catch (const std::exception& error) {
        leave_note(plan.run_dir, error.what());
        ::_exit(kFailed);
    }
}

int run_monitor(int argc, char** argv) {
    fs::path run_dir;
    try {
        Launch launch = read_launch(argc, argv);
        run_dir = launch.plan.run_dir;
        return monitor_until_end(std::move(launch), {});
    } catch (const Error& error) {
        leave_note(run_dir, error.what());
        return kFailed;
    }
}

}  // namespace skiff::oci::monitor
