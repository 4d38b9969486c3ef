#pragma once
/// File descriptors. Every descriptor made here is close-on-exec.

#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skiff {

/// Owns one file descriptor. Keeps errno intact, so it is safe on error paths.
class [[nodiscard]] UniqueFd {
public:
    UniqueFd() noexcept = default;
    explicit UniqueFd(int fd) noexcept : fd_{fd} {}
    UniqueFd(UniqueFd&& other) noexcept : fd_{other.release()} {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    ~UniqueFd() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept {
        const int saved_errno = errno;
        const int old = std::exchange(fd_, fd);
        if (old >= 0) ::close(old);  // no retry on EINTR: close(2), NOTES
        errno = saved_errno;
    }

private:
    int fd_ = -1;
};

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};
/// pipe2(2) with O_CLOEXEC and `flags`.
Pipe make_pipe(int flags = 0);

struct SocketPair {
    UniqueFd first;
    UniqueFd second;
};
/// socketpair(2), AF_UNIX; `type` is SOCK_STREAM, SOCK_SEQPACKET, …
SocketPair make_socket_pair(int type);

/// memfd_create(2) holding `content`, position 0; sealed against any change when `sealed`.
UniqueFd make_memfd(const char* name, std::string_view content, bool sealed);

/// A close-on-exec copy, numbered 3 or more.
UniqueFd duplicate(int fd);

/// Reads to end of file. Throws Error{Corrupt} over `limit_bytes`. `name` is for errors.
std::string read_all(int fd, std::size_t limit_bytes, std::string_view name);
/// Writes all of `data`, through short writes and EINTR. Throws SystemError naming `name`.
void write_all(int fd, std::string_view data, std::string_view name);

/// Closes every descriptor from 3 up except those in `keep`: close_range(2), /proc/self/fd on ENOSYS.
/// Async-signal-safe enough for a freshly forked child with one thread; never throws.
void close_all_except(std::vector<int> keep) noexcept;

/// /dev/null as descriptors 0, 1 and 2: what runs on in the background holds nobody's pipe or terminal open. Where /dev/null
/// cannot be opened they stay as they are.
void detach_standard_streams() noexcept;

}  // namespace skiff
