#include "oci/monitor/attach_server.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

namespace skiff::oci::monitor {
namespace {

constexpr std::size_t kMaxClients = 256;
constexpr int kStepsPerEvent = 16;

}  // namespace

AttachServer::AttachServer(Poller& poller, const Plan& plan, UniqueFd listener, int terminal, UniqueFd stdin_target)
    : poller_{poller}, plan_{plan}, listener_{std::move(listener)}, terminal_{terminal}, stdin_target_{std::move(stdin_target)} {
    if (listener_) poller_.add(listener_.get(), EPOLLIN, token(EventSource::Listener));
}

Client* AttachServer::find(std::uint32_t id) noexcept {
    const auto found = std::find_if(clients_.begin(), clients_.end(), [&](const auto& client) { return client->id() == id; });
    return found == clients_.end() ? nullptr : found->get();
}

void AttachServer::on_listener() {
    for (;;) {
        UniqueFd control{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
        if (!control) return;
        if (!peer_is_us(control.get()) || clients_.size() >= kMaxClients) continue;
        const std::uint32_t id = next_id_++;
        poller_.add(control.get(), EPOLLIN, token(EventSource::Control, id));
        clients_.push_back(std::make_unique<Client>(id, std::move(control)));
        on_control(id);  // its request is here already, and output must not overtake it
    }
}

void AttachServer::on_control(std::uint32_t client_id) {
    for (Client* client = find(client_id); client != nullptr;) {
        Message message;
        std::vector<UniqueFd> fds;
        const Received received = receive_message(client->control(), message, fds);
        if (received == Received::Nothing) return;
        if (received == Received::Closed || !handle(*client, message, std::move(fds))) {
            drop(*client);
            return;
        }
    }
}

bool AttachServer::handle(Client& client, const Message& message, std::vector<UniqueFd> fds) {
    switch (message.type) {
        case MessageType::Attach: return attach(client, message, std::move(fds));
        case MessageType::Resize: resize(message.a, message.b); return true;
        case MessageType::StdinEof:
            client.stdin_eof_told = true;
            if (client.stdin_pipe() < 0 && client.had_stdin) close_stdin_target();
            return true;
        case MessageType::Settled: settled_ = true; return true;
        case MessageType::Companions: companions_changed_ = true; return true;
        case MessageType::Detach:
        case MessageType::Attached:
        case MessageType::Exit: return false;
    }
    return true;  // from a newer client: not for us
}

bool AttachServer::attach(Client& client, const Message& message, std::vector<UniqueFd> fds) {
    if (!client.attach(message, std::move(fds))) return false;
    if (!send_message(client.control(), {.type = MessageType::Attached, .a = plan_.terminal ? 1 : 0})) return false;
    if (exit_) return client.tell_exit(*exit_);
    for (const auto& stream : *streams_) stream.skip_pending(client);
    for (const LogStream stream : {LogStream::Stdout, LogStream::Stderr}) {
        ClientOutput& output = client.output(stream);
        if (!is_open(stream)) output.pipe.reset();  // has ended, or never was (stderr of a terminal): ends here too
        else if (output.pipe) poller_.add(output.pipe.get(), 0, token(EventSource::ClientPipe, pipe_number(client, stream)));
    }
    start_stdin(client);
    return true;
}

bool AttachServer::is_open(LogStream kind) const noexcept {
    return std::any_of(streams_->begin(), streams_->end(), [&](const OutputStream& stream) {
        return stream.kind() == kind && stream.is_open();
    });
}

void AttachServer::resize(int columns, int rows) const noexcept {
    if (terminal_ < 0) return;
    winsize size{};
    size.ws_col = static_cast<unsigned short>(columns);
    size.ws_row = static_cast<unsigned short>(rows);
    ::ioctl(terminal_, TIOCSWINSZ, &size);
}

void AttachServer::on_client_pipe(std::uint32_t number, std::uint32_t events) {
    Client* client = find(number / 2);
    const auto stream = static_cast<LogStream>(number % 2);
    if (client == nullptr || !client->wants(stream)) return;
    ClientOutput& output = client->output(stream);
    if ((events & EPOLLERR) != 0) {  // nobody reads it any more
        poller_.remove(output.pipe.get());
        output.pipe.reset();
        return;
    }
    output.blocked = false;
    poller_.modify(output.pipe.get(), 0, token(EventSource::ClientPipe, number));
}

void AttachServer::await_blocked(LogStream stream) {
    for (const auto& client : clients_) {
        const ClientOutput& output = client->output(stream);
        if (output.blocked && output.pipe) {
            poller_.modify(output.pipe.get(), EPOLLOUT, token(EventSource::ClientPipe, pipe_number(*client, stream)));
        }
    }
}

void AttachServer::start_stdin(Client& client) {
    if (client.stdin_pipe() < 0) return;
    if (!stdin_target_) {
        client.close_stdin();
        return;
    }
    client.relay_stdin_to(stdin_target_.get());
    poller_.add(client.stdin_pipe(), EPOLLIN, token(EventSource::ClientStdin, client.id()));
}

void AttachServer::on_client_stdin(std::uint32_t client_id) {
    Client* client = find(client_id);
    if (client != nullptr && client->stdin_pipe() >= 0) pump_stdin(*client);
}

void AttachServer::pump_stdin(Client& client) {
    for (int step = 0; step < kStepsPerEvent; ++step) {
        switch (client.pump_stdin()) {
            case RelayStep::Moved: continue;
            case RelayStep::WaitSource: return;
            case RelayStep::WaitTarget:
                client.stdin_waits = true;
                poller_.remove(client.stdin_pipe());
                if (!stdin_target_awaited_) poller_.add(stdin_target_.get(), EPOLLOUT, token(EventSource::StdinTarget));
                stdin_target_awaited_ = true;
                return;
            case RelayStep::SourceEnd: finish_client_stdin(client); return;
            case RelayStep::TargetGone: close_stdin_target(); return;
        }
    }
}

void AttachServer::on_stdin_target() {
    if (!stdin_target_awaited_) return;
    poller_.remove(stdin_target_.get());
    stdin_target_awaited_ = false;
    for (const auto& client : clients_) {
        if (!std::exchange(client->stdin_waits, false) || client->stdin_pipe() < 0) continue;
        poller_.add(client->stdin_pipe(), EPOLLIN, token(EventSource::ClientStdin, client->id()));
    }
}

/// The pipe's end alone may be a client that was killed; only with StdinEof is it the end of the input.
void AttachServer::finish_client_stdin(Client& client) {
    poller_.remove(client.stdin_pipe());
    client.close_stdin();
    if (client.stdin_eof_told) close_stdin_target();
}

/// A terminal has no half close: whoever wants its end sends ^D.
void AttachServer::close_stdin_target() {
    if (plan_.terminal || !stdin_target_) return;
    poller_.remove(stdin_target_.get());
    stdin_target_awaited_ = false;
    stdin_target_.reset();
    for (const auto& client : clients_) {
        if (client->stdin_pipe() >= 0) poller_.remove(client->stdin_pipe());
        client->close_stdin();
    }
}

void AttachServer::drop(Client& client) {
    const bool ends_stdin = client.had_stdin && plan_.stdin_once;
    if (client.stdin_pipe() >= 0 && !client.stdin_waits) pump_stdin(client);  // what it sent before it left
    for (const int fd : {client.control(), client.stdin_pipe(), client.output(LogStream::Stdout).pipe.get(), client.output(LogStream::Stderr).pipe.get()}) {
        if (fd >= 0) poller_.remove(fd);
    }
    std::erase_if(clients_, [&](const auto& each) { return each.get() == &client; });
    if (ends_stdin) close_stdin_target();
}

/// Who cannot be told finds the connection closed, and the exit file; he would wait for ever, and we for what he promised.
void AttachServer::tell_exit(const ExitFile& exit) {
    exit_ = exit;
    std::vector<std::uint32_t> untold;
    for (const auto& client : clients_) {
        for (auto stream : {LogStream::Stdout, LogStream::Stderr}) {
            if (client->wants(stream)) poller_.remove(client->output(stream).pipe.get());
        }
        if (client->stdin_pipe() >= 0) poller_.remove(client->stdin_pipe());
        if (client->is_attached() && !client->tell_exit(exit)) untold.push_back(client->id());
    }
    for (const std::uint32_t id : untold) drop(*find(id));
}

bool AttachServer::somebody_will_settle() const noexcept {
    return !settled_ && std::any_of(clients_.begin(), clients_.end(), [](const auto& client) { return client->promised(); });
}

}  // namespace skiff::oci::monitor
