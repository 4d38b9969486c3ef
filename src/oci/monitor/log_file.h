#pragma once
/// The file behind a log driver: append, rotate by rename, survive a full disk. No lock: one monitor writes it.
///
/// A write that fails (ENOSPC, EDQUOT, EIO) drops its batch and is counted; the container is never blocked by it.
/// When writing works again one note record comes first (see LogWriter).

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

#include "oci/monitor/monitor.h"

namespace skiff::oci::monitor {

class LogFile {
public:
    /// Opens for appending (0600). A last line without a newline, left by a killed monitor, is ended first.
    /// Throws SystemError.
    explicit LogFile(const LogPlan& plan);

    /// True when `bytes` more would pass max_size_bytes.
    bool is_full_with(std::size_t bytes) const noexcept;
    bool is_empty() const noexcept { return size_ == 0; }
    /// path → path.1 → …; the oldest goes. Failure is counted like a failed write and the old file stays.
    void rotate() noexcept;
    /// All or nothing: a short write is taken back. False sets last_error().
    bool append(const iovec* parts, int count) noexcept;
    int last_error() const noexcept { return last_error_; }

private:
    bool reopen(int extra_flags) noexcept;
    void mend_last_line() noexcept;

    fs::path path_;
    std::int64_t max_size_bytes_;
    int max_files_;
    UniqueFd fd_;
    std::int64_t size_ = 0;
    int last_error_ = 0;
};

/// "path.N", N from 1; path itself for 0.
fs::path rotated_path(const fs::path& path, int number);

}  // namespace skiff::oci::monitor
