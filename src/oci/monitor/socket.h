#pragma once
/// UNIX sockets in a run directory, and the messages on the attach socket.
///
/// Paths may be longer than sun_path's 108 bytes: they are reached through /proc/self/fd/N/NAME of a directory
/// descriptor. Never in the abstract namespace, which --network host containers share. Source: unix(7).

#include <cstdint>
#include <span>
#include <vector>

#include "oci/monitor/monitor.h"

namespace skiff::oci::monitor {

/// The listening end, 0600 from its first moment; a stale socket of that name is replaced. Throws SystemError.
UniqueFd listen_at(const fs::path& run_dir, const char* name, int type);
/// Empty when nobody listens (absent, or refused). Throws SystemError.
UniqueFd connect_at(const fs::path& run_dir, const char* name, int type);
/// True when the peer has our user ID (in practice root of the initial user namespace). Source: SO_PEERCRED.
bool peer_is_us(int socket);

/// One SOCK_SEQPACKET message. Both ends are the same binary or its successor after an upgrade: fields are never
/// given another meaning.
enum class MessageType : std::uint32_t {
    Attach = 1,     ///< client: a = AttachFlags, descriptors in their order
    Resize = 2,     ///< client: a = columns, b = rows
    StdinEof = 3,   ///< client: what is in the stdin pipe is all
    Detach = 4,     ///< client
    Settled = 5,    ///< client: no exit command, please
    Companions = 6, ///< somebody: RUN_DIR/companions has changed
    Attached = 16,  ///< monitor: a = 1 with a terminal; sent before the first byte of output
    Exit = 17,      ///< monitor: a = code, b = signal, c = oom, d = AttachFlags of the rests that come along, e = time
};
enum AttachFlags : std::int32_t { kStdin = 1, kStdout = 2, kStderr = 4, kPromiseSettle = 8 };

struct Message {
    MessageType type = MessageType::Detach;
    std::int32_t a = 0;
    std::int32_t b = 0;
    std::int32_t c = 0;
    std::int32_t d = 0;
    std::int64_t e = 0;
};

/// Never blocks. False when the peer is gone or does not read.
bool send_message(int socket, const Message& message, std::span<const int> fds = {}) noexcept;

enum class Received { Message, Nothing, Closed };
/// Never blocks. Malformed messages count as Closed.
Received receive_message(int socket, Message& message, std::vector<UniqueFd>& fds);

}  // namespace skiff::oci::monitor
