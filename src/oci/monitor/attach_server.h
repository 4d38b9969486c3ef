#pragma once
/// The monitor's side of attach: accepts clients, takes their messages, feeds their stdin to the process.

#include <cstdint>

#include "oci/monitor/client.h"
#include "oci/monitor/output_stream.h"
#include "util/poller.h"

namespace skiff::oci::monitor {

/// What an epoll token stands for: the kind in the upper half, a client (or stream) number in the lower.
enum class EventSource : std::uint32_t { Listener, Signal, Process, Timer, ProbeTime, Oom, Stream, StdinTarget, Control, ClientPipe, ClientStdin, Companion, Ports, Notification };
constexpr std::uint64_t token(EventSource source, std::uint32_t number = 0) {
    return (static_cast<std::uint64_t>(source) << 32) | number;
}

class AttachServer {
public:
    /// `terminal` (-1: none) gets window sizes. `stdin_target` may be empty.
    AttachServer(Poller& poller, const Plan& plan, UniqueFd listener, int terminal, UniqueFd stdin_target);

    Clients& clients() noexcept { return clients_; }
    /// Streams whose waiting chunk a new client must not get.
    void watch_streams(std::vector<OutputStream>& streams) noexcept { streams_ = &streams; }

    void on_listener();
    void on_control(std::uint32_t client_id);
    void on_client_pipe(std::uint32_t number, std::uint32_t events);
    void on_client_stdin(std::uint32_t client_id);
    void on_stdin_target();
    /// Asks to be told when the clients that hold `stream` up can take more.
    void await_blocked(LogStream stream);

    /// Tells every client, and those that come later.
    void tell_exit(const ExitFile& exit);
    /// True while a client that promised to settle the container is connected and has not.
    bool somebody_will_settle() const noexcept;
    bool is_settled() const noexcept { return settled_; }
    /// True once after somebody said that the list of companions is another one.
    bool take_companions_changed() noexcept { return std::exchange(companions_changed_, false); }

private:
    static std::uint32_t pipe_number(const Client& client, LogStream stream) { return client.id() * 2 + static_cast<std::uint32_t>(stream); }

    Client* find(std::uint32_t id) noexcept;
    bool handle(Client& client, const Message& message, std::vector<UniqueFd> fds);
    bool attach(Client& client, const Message& message, std::vector<UniqueFd> fds);
    bool is_open(LogStream kind) const noexcept;
    void resize(int columns, int rows) const noexcept;
    void start_stdin(Client& client);
    void pump_stdin(Client& client);
    void finish_client_stdin(Client& client);
    void close_stdin_target();
    void drop(Client& client);

    Poller& poller_;
    const Plan& plan_;
    UniqueFd listener_;
    int terminal_;
    UniqueFd stdin_target_;
    bool stdin_target_awaited_ = false;
    Clients clients_;
    std::vector<OutputStream>* streams_ = nullptr;
    std::uint32_t next_id_ = 1;
    std::optional<ExitFile> exit_;
    bool settled_ = false;
    bool companions_changed_ = false;
};

}  // namespace skiff::oci::monitor
