#include "oci/monitor/raw_terminal.h"

namespace skiff::oci::monitor {

void RawTerminal::enter(int fd) noexcept {
    termios mode{};
    if (::tcgetattr(fd, &mode) != 0) return;
    if (!before_) before_ = mode;
    fd_ = fd;
    ::cfmakeraw(&mode);
    ::tcsetattr(fd, TCSANOW, &mode);
}

void RawTerminal::leave() noexcept {
    if (before_) ::tcsetattr(fd_, TCSADRAIN, &*before_);
    before_.reset();
}

}  // namespace skiff::oci::monitor
