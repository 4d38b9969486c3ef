#include "state/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <thread>

#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::state {
namespace {

enum class Outcome { Locked, Busy };

/// True when `path` still names the file behind `fd`.
bool same_file(int fd, const fs::path& path) {
    struct stat held {};
    struct stat named {};
    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

Outcome lock_once(int fd, int operation, const fs::path& path) {
    while (::flock(fd, operation) != 0) {
        if (errno == EWOULDBLOCK) return Outcome::Busy;
        if (errno != EINTR) throw SystemError{errno, concat("locking ", quote(path.native()))};
    }
    return Outcome::Locked;
}

UniqueFd open_lock_file(const fs::path& path) { return open_at(AT_FDCWD, path, O_RDWR | O_CREAT, 0600); }

/// Locks and proves that the file is still the named one; empty when busy.
UniqueFd acquire(const fs::path& path, int operation) {
    for (;;) {
        UniqueFd fd = open_lock_file(path);
        if (lock_once(fd.get(), operation, path) == Outcome::Busy) return {};
        if (same_file(fd.get(), path)) return fd;
    }
}

/// flock has no time-out: tries with growing pauses, from 0.2 ms to 20 ms.
UniqueFd acquire_within(const fs::path& path, int operation, std::chrono::milliseconds timeout) {
    using namespace std::chrono_literals;
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::chrono::microseconds pause = 200us;
    for (;;) {
        UniqueFd fd = acquire(path, operation | LOCK_NB);
        if (fd) return fd;
        if (std::chrono::steady_clock::now() >= deadline) break;
        std::this_thread::sleep_for(pause);
        pause = std::min<std::chrono::microseconds>(pause * 2, 20ms);
    }
    const std::string owner = recorded_owner(path);
    throw Error{ErrorKind::Timeout,
                concat("waited ", timeout.count() / 1000, " s for the lock ", quote(path.filename().native()),
                       owner.empty() ? std::string{} : concat(", held by process ", owner))};
}

}  // namespace

FileLock FileLock::exclusive(const fs::path& path, std::chrono::milliseconds timeout) {
    return {acquire_within(path, LOCK_EX, timeout), path};
}

FileLock FileLock::shared(const fs::path& path, std::chrono::milliseconds timeout) {
    return {acquire_within(path, LOCK_SH, timeout), path};
}

std::optional<FileLock> FileLock::try_exclusive(const fs::path& path) {
    UniqueFd fd = acquire(path, LOCK_EX | LOCK_NB);
    if (!fd) return std::nullopt;
    return FileLock{std::move(fd), path};
}

FileLock FileLock::exclusive_blocking(const fs::path& path) { return {acquire(path, LOCK_EX), path}; }

void FileLock::record_owner() const {
    const auto self = identity_of_self();
    const std::string line = concat(self.pid, " (", own_command_line(), ")");
    if (::ftruncate(fd_.get(), 0) == 0) {
        [[maybe_unused]] const ssize_t put = ::pwrite(fd_.get(), line.data(), line.size(), 0);
    }
}

void FileLock::unlink_and_release() {
    if (fd_) ::unlink(path_.c_str());
    fd_.reset();
}

bool is_locked(const fs::path& path) {
    const UniqueFd fd = open_at_if_exists(AT_FDCWD, path, O_RDWR);
    return fd && lock_once(fd.get(), LOCK_SH | LOCK_NB, path) == Outcome::Busy;
}

std::string recorded_owner(const fs::path& path) {
    const auto text = read_file_if_exists_at(AT_FDCWD, path, 1U << 20);
    return text ? text->substr(0, 300) : std::string{};
}

}  // namespace skiff::state
