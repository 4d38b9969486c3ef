#include "util/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdlib>

#include "util/error.h"
#include "util/text.h"

namespace skiff {

Pipe make_pipe(int flags) {
    int ends[2];
    if (::pipe2(ends, flags | O_CLOEXEC) != 0) throw SystemError{errno, "making a pipe"};
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

SocketPair make_socket_pair(int type) {
    int ends[2];
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) throw SystemError{errno, "making a socket pair"};
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

UniqueFd make_memfd(const char* name, std::string_view content, bool sealed) {
    UniqueFd fd{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!fd) throw SystemError{errno, concat("making memory file ", quote(name))};
    write_all(fd.get(), content, name);
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) throw SystemError{errno, "rewinding a memory file"};
    if (sealed && ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
        throw SystemError{errno, "sealing a memory file"};
    }
    return fd;
}

UniqueFd duplicate(int fd) {
    UniqueFd copy{::fcntl(fd, F_DUPFD_CLOEXEC, 3)};
    if (!copy) throw SystemError{errno, concat("duplicating descriptor ", fd)};
    return copy;
}

std::string read_all(int fd, std::size_t limit_bytes, std::string_view name) {
    std::string content;
    std::size_t used = 0;
    for (;;) {
        if (content.size() - used < 4096) content.resize(std::max<std::size_t>(content.size() * 2, 8192));
        const ssize_t got = ::read(fd, content.data() + used, content.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError{errno, concat("reading ", quote(name))};
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
        if (used > limit_bytes) {
            throw Error{ErrorKind::Corrupt, concat(quote(name), " is larger than ", limit_bytes, " bytes")};
        }
    }
    content.resize(used);
    return content;
}

void write_all(int fd, std::string_view data, std::string_view name) {
    while (!data.empty()) {
        const ssize_t put = ::write(fd, data.data(), data.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) throw SystemError{errno, concat("writing ", quote(name))};
        data.remove_prefix(static_cast<std::size_t>(put));
    }
}

namespace {
void close_span(unsigned first, unsigned last) noexcept {
    if (first > last) return;
    if (::syscall(SYS_close_range, first, last, 0) == 0 || errno != ENOSYS) return;
    DIR* dir = ::opendir("/proc/self/fd");
    if (dir == nullptr) return;
    while (const dirent* entry = ::readdir(dir)) {
        const auto fd = static_cast<unsigned>(std::strtoul(entry->d_name, nullptr, 10));
        if (entry->d_name[0] != '.' && fd >= first && fd <= last && static_cast<int>(fd) != ::dirfd(dir)) {
            ::close(static_cast<int>(fd));
        }
    }
    ::closedir(dir);
}
}  // namespace

void close_all_except(std::vector<int> keep) noexcept {
    std::sort(keep.begin(), keep.end());
    unsigned from = 3;
    for (const int fd : keep) {
        if (fd < static_cast<int>(from)) continue;
        close_span(from, static_cast<unsigned>(fd) - 1);
        from = static_cast<unsigned>(fd) + 1;
    }
    close_span(from, ~0U >> 1);
}

void detach_standard_streams() noexcept {
    const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    for (int fd = 0; null && fd <= 2; ++fd) ::dup2(null.get(), fd);
}

}  // namespace skiff
