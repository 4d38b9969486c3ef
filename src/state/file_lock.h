#pragma once
/// Locks that die with their holder: flock(2) on files under ROOT and RUNROOT.
///
/// Order: global (ROOT/skiff.lock), pod, containers by ID, volumes, networks. Descriptors are opened
/// anew, close-on-exec, and must be closed in forked children (a child's copy keeps the lock).

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "util/fd.h"

namespace skiff::state {

namespace fs = std::filesystem;

/// A held flock. After locking, the path is compared with the descriptor (fstat), and the lock is taken
/// again when somebody unlinked or replaced the file meanwhile.
class [[nodiscard]] FileLock {
public:
    FileLock() noexcept = default;

    /// Waits at most `timeout`; then Error{Timeout} naming the holder as recorded in the file, when it is.
    static FileLock exclusive(const fs::path& path, std::chrono::milliseconds timeout);
    static FileLock shared(const fs::path& path, std::chrono::milliseconds timeout);
    /// nullopt when somebody else holds it.
    static std::optional<FileLock> try_exclusive(const fs::path& path);
    /// Waits for as long as the holder lives.
    static FileLock exclusive_blocking(const fs::path& path);

    explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
    int fd() const noexcept { return fd_.get(); }
    /// Writes who holds the lock and why into the file: "pid start_ticks command".
    void record_owner() const;
    /// Removes the file (still held) and lets go.
    void unlink_and_release();
    void release() noexcept { fd_.reset(); }

private:
    FileLock(UniqueFd fd, fs::path path) : fd_{std::move(fd)}, path_{std::move(path)} {}
    UniqueFd fd_;
    fs::path path_;
};

/// True when somebody holds `path` exclusively. Absent files are not held.
bool is_locked(const fs::path& path);
/// What record_owner() wrote; empty when nothing.
std::string recorded_owner(const fs::path& path);

}  // namespace skiff::state
