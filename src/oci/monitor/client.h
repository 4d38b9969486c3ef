#pragma once
/// One attached client as the monitor sees it: its control connection and the pipe ends it handed over.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "oci/monitor/log_reader.h"
#include "oci/monitor/relay.h"
#include "oci/monitor/socket.h"

namespace skiff::oci::monitor {

constexpr std::size_t kStreams = 2;
constexpr std::size_t index_of(LogStream stream) { return static_cast<std::size_t>(stream); }

/// A client's pipe for one output stream. Gone for good once the client stopped reading.
struct ClientOutput {
    UniqueFd pipe;        ///< non-blocking
    UniqueFd rest;        ///< memory file with what the pipe did not take at the end
    std::size_t sent = 0; ///< of the stream's current chunk
    bool blocked = false; ///< waits for the client to read

    /// Writes from `chunk`, after `sent`. False when the pipe is full (then `blocked`).
    bool deliver(std::string_view chunk);
    /// As deliver, but what does not fit goes to `rest`: never waits.
    void deliver_finally(std::string_view chunk);

private:
    void spill(std::string_view text);
};

class Client {
public:
    Client(std::uint32_t id, UniqueFd control) noexcept : id_{id}, control_{std::move(control)} {}

    std::uint32_t id() const noexcept { return id_; }
    int control() const noexcept { return control_.get(); }
    /// Takes an Attach message. False when it contradicts its descriptors.
    bool attach(const Message& message, std::vector<UniqueFd> fds);
    bool is_attached() const noexcept { return attached_; }
    bool promised() const noexcept { return promised_; }

    ClientOutput& output(LogStream stream) noexcept { return outputs_[index_of(stream)]; }
    bool wants(LogStream stream) const noexcept { return static_cast<bool>(outputs_[index_of(stream)].pipe); }

    /// From the client's stdin pipe to the process, when there is one.
    int stdin_pipe() const noexcept { return stdin_.get(); }
    void relay_stdin_to(int target);
    RelayStep pump_stdin();
    void close_stdin() noexcept;
    bool stdin_eof_told = false;  ///< StdinEof came: the pipe's end is the input's end
    bool stdin_waits = false;     ///< for the process to read
    bool had_stdin = false;

    /// Tells the end, with what its pipes did not take, and closes them. False when it could not be told.
    bool tell_exit(const ExitFile& exit);

private:
    std::uint32_t id_;
    UniqueFd control_;
    std::array<ClientOutput, kStreams> outputs_;
    UniqueFd stdin_;
    std::optional<Relay> stdin_relay_;
    bool attached_ = false;
    bool promised_ = false;
};

}  // namespace skiff::oci::monitor
