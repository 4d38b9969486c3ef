#include "oci/monitor/pipe_size.h"
#include "oci/monitor/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace skiff::oci::monitor {
namespace {

/// What a pipe of the usual size holds: who has let that much pile up finds a full pipe either way.
constexpr int kMuch = 1 << 16;
/// A pipe or terminal in blocking mode that poll(2) says is writable takes PIPE_BUF without blocking for long.
constexpr std::size_t kWriteBytes = 4096;

bool ready(int fd, short events) {
    pollfd entry{fd, events, 0};
    return ::poll(&entry, 1, 0) > 0;
}

}  // namespace

bool is_readable(int fd) { return ready(fd, POLLIN); }
bool is_writable(int fd) { return ready(fd, POLLOUT); }

/// A regular file may be shared with other writers (`xargs -P8 skiff exec … >file`): write(2) takes its position under a
/// lock, splice(2) does not, and lines would be lost. Writing to a terminal blocks while it is stopped (^S), whatever splice(2) is told: small writes after a poll(2).
Relay::Relay(int source, int target)
    : source_{source}, target_{target}, can_splice_{::isatty(target) == 0}, can_write_at_once_{false}, write_bytes_{kWriteBytes} {
    struct stat status {};
    if (::fstat(target, &status) != 0) return;
    can_write_at_once_ = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
    if (S_ISREG(status.st_mode)) {
        write_bytes_ = kBufferBytes;
        can_splice_ = false;
    }
}

RelayStep Relay::step() { return can_splice_ && !has_pending() && much_waits() ? splice_step() : copy_step(); }

bool Relay::much_waits() const {
    int bytes = 0;
    return ::ioctl(source_, FIONREAD, &bytes) == 0 && bytes >= kMuch;
}

RelayStep Relay::target_gone() noexcept {
    failure_ = errno;
    return RelayStep::TargetGone;
}

RelayStep Relay::splice_step() {
    const ssize_t moved = ::splice(source_, nullptr, target_, nullptr, kPipeBytes, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (moved > 0) return RelayStep::Moved;
    if (moved == 0) return RelayStep::SourceEnd;
    switch (errno) {
        case EINTR: return RelayStep::Moved;
        case EAGAIN: {
            const RelayStep step = who_waits();
            if (step == RelayStep::WaitTarget) enlarge_target();
            return step;
        }
        case EINVAL:
        case ENOSYS:
            can_splice_ = false;
            return copy_step();
        default: return target_gone();
    }
}

/// Much waits and the target is full: once, a pipe is given room for more. Refused where fs.pipe-max-size is smaller: fine.
void Relay::enlarge_target() noexcept {
    if (std::exchange(target_enlarged_, true)) return;
    const int now = ::fcntl(target_, F_GETPIPE_SZ);
    if (now > 0 && now < kPipeBytes) ::fcntl(target_, F_SETPIPE_SZ, kPipeBytes);
}

RelayStep Relay::who_waits() const { return is_readable(source_) ? RelayStep::WaitTarget : RelayStep::WaitSource; }

RelayStep Relay::copy_step() {
    if (has_pending()) return write_pending();
    if (!is_readable(source_)) return RelayStep::WaitSource;
    if (!buffer_) buffer_ = std::make_unique<Buffer>();
    const ssize_t got = ::read(source_, buffer_->data.data(), buffer_->data.size());
    if (got < 0 && errno == EAGAIN) return RelayStep::WaitSource;
    if (got < 0 && errno == EINTR) return RelayStep::Moved;
    if (got <= 0) return RelayStep::SourceEnd;
    buffer_->begin = 0;
    buffer_->end = static_cast<std::size_t>(got);
    return write_pending();
}

RelayStep Relay::write_pending() {
    if (!can_write_at_once_ && !is_writable(target_)) return RelayStep::WaitTarget;
    const ssize_t put = write_some(buffer_->data.data() + buffer_->begin, buffer_->end - buffer_->begin);
    if (put < 0 && errno == EAGAIN) return RelayStep::WaitTarget;
    if (put < 0 && errno != EINTR) return target_gone();
    if (put > 0) buffer_->begin += static_cast<std::size_t>(put);
    return RelayStep::Moved;
}

/// The descriptor's mode is shared with whoever else has it and stays as it is. RWF_NOWAIT: pipes since Linux 6.4.
ssize_t Relay::write_some(const char* data, std::size_t size) {
    if (can_write_at_once_) {
        const iovec all{const_cast<char*>(data), size};
        const ssize_t put = ::pwritev2(target_, &all, 1, /*offset=*/-1, RWF_NOWAIT);
        if (put >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return put;
        can_write_at_once_ = false;
        if (!is_writable(target_)) {
            errno = EAGAIN;
            return -1;
        }
    }
    return ::write(target_, data, std::min(size, write_bytes_));
}

}  // namespace skiff::oci::monitor
