#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>

#include "oci/monitor/client_signals.h"
#include "oci/monitor/log_reader.h"
#include "oci/monitor/monitor.h"
#include "oci/monitor/output_flow.h"
#include "oci/monitor/pipe_size.h"
#include "oci/monitor/raw_terminal.h"
#include "oci/monitor/socket.h"
#include "oci/monitor/stdin_flow.h"
#include "oci/monitor/stream_files.h"
#include "util/error.h"

namespace skiff::oci::monitor {
namespace {


UniqueFd connect_to_monitor(const fs::path& run_dir) {
    UniqueFd control = connect_at(run_dir, kAttachName, SOCK_SEQPACKET);
    if (!control) throw Error{ErrorKind::WrongState, "attaching: no monitor listens; the process has ended or was never started"};
    return control;
}

}  // namespace

struct AttachSession::Connection {
    Connection(const fs::path& dir, const AttachOptions& wanted);
    AttachResult run(const ProcessIdentity& process);
    void settled() { send_message(control.get(), {.type = MessageType::Settled}); }

private:
    struct Slot {
        std::optional<OutputFlow> flow;
        LogStream stream;
    };

    void request();
    void poll_once();
    void on_control();
    void take(const Message& message, std::vector<UniqueFd> fds);
    void on_attached(bool terminal);
    void on_exit(const Message& message, std::vector<UniqueFd> fds);
    void on_lost();
    void finish_outputs(int rest_flags, std::vector<UniqueFd> rests);
    void on_signals();
    void pass_on(const signalfd_siginfo& info);
    void pump_stdin();
    void pump_outputs();
    void tell_size() const;
    bool is_over() const;

    fs::path run_dir;
    AttachOptions options;
    ClientSignals signals;
    UniqueFd control;
    UniqueFd pidfd;
    std::array<Slot, 2> outputs{{{std::nullopt, LogStream::Stdout}, {std::nullopt, LogStream::Stderr}}};
    std::optional<StdinFlow> stdin_flow;
    RawTerminal raw;
    AttachResult result;
    bool attached = false;
    bool terminal = false;
    bool told = false;  ///< the end (or the monitor's) is known
};

AttachSession::Connection::Connection(const fs::path& dir, const AttachOptions& wanted)
    : run_dir{dir}, options{wanted}, signals{wanted.sig_proxy}, control{connect_to_monitor(dir)} {
    request();
}

/// Each pipe's end for the monitor is closed here once sent: then end of file means the monitor's word, or its end.
void AttachSession::Connection::request() {
    Message message{.type = MessageType::Attach};
    std::vector<UniqueFd> theirs;
    const auto open_output = [&](int target, int flag, Slot& slot) {
        if (target < 0) return;
        Pipe pipe = make_pipe();
        ::fcntl(pipe.write_end.get(), F_SETPIPE_SZ, kPipeBytes);  // refused where fs.pipe-max-size is smaller: fine
        slot.flow.emplace(std::move(pipe.read_end), target);
        theirs.push_back(std::move(pipe.write_end));
        message.a |= flag;
    };
    if (options.stdin_fd >= 0) {
        Pipe pipe = make_pipe();
        ::fcntl(pipe.write_end.get(), F_SETFL, O_WRONLY | O_NONBLOCK);
        stdin_flow.emplace(options.stdin_fd, std::move(pipe.write_end), parse_detach_keys(options.detach_keys));
        theirs.push_back(std::move(pipe.read_end));
        message.a |= kStdin;
    }
    open_output(options.stdout_fd, kStdout, outputs[0]);
    open_output(options.stderr_fd, kStderr, outputs[1]);
    if (options.promise_settle) message.a |= kPromiseSettle;
    std::vector<int> numbers;
    for (const auto& fd : theirs) numbers.push_back(fd.get());
    if (!send_message(control.get(), message, numbers)) throw Error{ErrorKind::WrongState, "attaching: the monitor has gone"};
}

AttachResult AttachSession::Connection::run(const ProcessIdentity& process) {
    pidfd = open_pidfd(process);
    while (!is_over()) poll_once();
    raw.leave();
    if (result.detached || result.output_closed) {
        send_message(control.get(), {.type = MessageType::Detach});
        control.reset();
    }
    return result;
}

bool AttachSession::Connection::is_over() const {
    if (result.detached || result.output_closed) return true;
    if (!told) return false;
    for (const auto& slot : outputs) {
        if (slot.flow && !slot.flow->is_done()) return false;
    }
    return true;
}

void AttachSession::Connection::poll_once() {
    std::array<pollfd, 5> entries;
    entries[0] = {signals.fd(), POLLIN, 0};
    entries[1] = {told ? -1 : control.get(), POLLIN, 0};
    entries[2] = stdin_flow && attached && !told ? stdin_flow->waits_for() : pollfd{-1, 0, 0};
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        entries[3 + i] = outputs[i].flow ? outputs[i].flow->waits_for() : pollfd{-1, 0, 0};
    }
    if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) throw SystemError{errno, "waiting for the container's output"};
    const bool answered = attached;
    if (entries[0].revents != 0) on_signals();
    if (entries[2].revents != 0) pump_stdin();
    if (entries[1].revents != 0 && !answered) on_control();  // the terminal is raw before anything is written to it
    if (entries[3].revents != 0 || entries[4].revents != 0) pump_outputs();
    if (entries[1].revents != 0 && answered) on_control();
}

void AttachSession::Connection::pump_outputs() {
    for (auto& slot : outputs) {
        if (slot.flow && !slot.flow->pump()) result.output_closed = true;
    }
}

void AttachSession::Connection::pump_stdin() {
    switch (stdin_flow->pump()) {
        case StdinFlow::Step::Going: return;
        case StdinFlow::Step::Detached: result.detached = true; return;
        case StdinFlow::Step::Ended:
            if (stdin_flow->eof()) send_message(control.get(), {.type = MessageType::StdinEof});
            stdin_flow.reset();
            return;
    }
}

void AttachSession::Connection::on_control() {
    while (!told) {
        Message message;
        std::vector<UniqueFd> fds;
        const Received received = receive_message(control.get(), message, fds);
        if (received == Received::Nothing) return;
        if (received == Received::Closed) on_lost();
        else take(message, std::move(fds));
    }
}

void AttachSession::Connection::take(const Message& message, std::vector<UniqueFd> fds) {
    if (message.type == MessageType::Attached) on_attached(message.a == 1);
    if (message.type == MessageType::Exit) on_exit(message, std::move(fds));
}

/// Raw only for a container with a terminal: otherwise line editing and ^C are this side's business.
void AttachSession::Connection::on_attached(bool has_terminal) {
    attached = true;
    terminal = has_terminal;
    if (terminal && stdin_flow) raw.enter(options.stdin_fd);
    if (terminal) tell_size();
}

void AttachSession::Connection::tell_size() const {
    for (const int fd : {options.stdin_fd, options.stdout_fd, options.stderr_fd}) {
        winsize size{};
        if (fd < 0 || ::ioctl(fd, TIOCGWINSZ, &size) != 0) continue;
        send_message(control.get(), {.type = MessageType::Resize, .a = size.ws_col, .b = size.ws_row});
        return;
    }
}

void AttachSession::Connection::on_exit(const Message& message, std::vector<UniqueFd> fds) {
    result.exit = ExitFile{message.a, message.b, message.c == 1, message.e};
    finish_outputs(message.d, std::move(fds));
}

/// It may have got as far as the exit file.
void AttachSession::Connection::on_lost() {
    result.exit = read_exit_file(run_dir);
    result.monitor_lost = !result.exit;
    finish_outputs(0, {});
}

void AttachSession::Connection::finish_outputs(int rest_flags, std::vector<UniqueFd> rests) {
    told = true;
    std::size_t next = 0;
    for (auto& slot : outputs) {
        const int flag = slot.stream == LogStream::Stdout ? kStdout : kStderr;
        UniqueFd rest;
        if ((rest_flags & flag) != 0 && next < rests.size()) rest = std::move(rests[next++]);
        if (slot.flow) slot.flow->finish(std::move(rest));
    }
}

void AttachSession::Connection::on_signals() {
    while (const auto info = signals.next()) {
        const auto signal = static_cast<int>(info->ssi_signo);
        if (signal == SIGPIPE) continue;
        if (signal == SIGCONT && raw.is_raw()) raw.enter(options.stdin_fd);
        if ((signal == SIGWINCH || signal == SIGCONT) && terminal) tell_size();
        if (signal == SIGWINCH && (terminal || info->ssi_code != SI_USER)) continue;
        pass_on(*info);
    }
}

void AttachSession::Connection::pass_on(const signalfd_siginfo& info) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (options.sig_proxy && pidfd && send_signal(pidfd.get(), signal)) return;
    if (!ClientSignals::ends_client(signal)) return;
    raw.leave();
    signals.die_of(signal);
}

AttachSession::AttachSession(const fs::path& run_dir, const AttachOptions& options)
    : connection_{std::make_unique<Connection>(run_dir, options)} {}
AttachSession::AttachSession(AttachSession&&) noexcept = default;
AttachSession::~AttachSession() = default;
AttachResult AttachSession::run(const ProcessIdentity& process) { return connection_->run(process); }
void AttachSession::settled() { connection_->settled(); }

}  // namespace skiff::oci::monitor
