#pragma once
/// Words between the runtime and the init process that it makes: a SOCK_SEQPACKET pair, one message a packet. The end
/// of the other side is an error, never a hang.

#include <cstdint>
#include <string>

#include "util/error.h"
#include "util/fd.h"

namespace skiff::oci::native {

enum class Note : std::uint32_t {
    Failed,       ///< child: an Error; `text` is its message
    AwaitHooks,   ///< child: mounts are made, prestart and createRuntime hooks may run
    Ready,        ///< child: the stub is next; end of file follows when it runs
    Mapped,       ///< parent: the user namespace has its mappings
    Prepared,     ///< parent: cgroups are ready; `text` is a Preparation (init_plan.h)
    HooksDone,    ///< parent
};

struct Packet {
    Note note = Note::Failed;
    std::string text;
};

class Channel {
public:
    Channel() noexcept = default;
    explicit Channel(UniqueFd fd) noexcept : fd_{std::move(fd)} {}

    int fd() const noexcept { return fd_.get(); }
    void send(Note note, std::string_view text = {}) const;
    /// The failure travels with its kind, errno and hint.
    void send_failure(const Error& error) const noexcept;
    /// False at the end of file.
    bool receive(Packet& packet) const;
    /// The next packet, which must be `note`. A Failed packet is thrown as the Error it carries.
    std::string expect(Note note) const;
    void close() noexcept { fd_.reset(); }

private:
    UniqueFd fd_;
};

/// Throws what a Failed packet carries.
[[noreturn]] void rethrow(const std::string& failure);

}  // namespace skiff::oci::native
