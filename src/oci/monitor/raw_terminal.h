#pragma once
/// The user's terminal in raw mode while a client is attached to a container with a terminal of its own.

#include <termios.h>

#include <optional>

namespace skiff::oci::monitor {

/// Raw from enter() to leave() or destruction. Source: cfmakeraw(3).
class RawTerminal {
public:
    RawTerminal() noexcept = default;
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;
    ~RawTerminal() { leave(); }

    /// Nothing happens when `fd` is no terminal. Again after a stop, when the shell has changed the mode.
    void enter(int fd) noexcept;
    void leave() noexcept;
    bool is_raw() const noexcept { return before_.has_value(); }

private:
    int fd_ = -1;
    std::optional<termios> before_;
};

}  // namespace skiff::oci::monitor
