#include "oci/monitor/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <limits>

#include "util/error.h"
#include "util/text.h"

namespace skiff::oci::monitor {

fs::path rotated_path(const fs::path& path, int number) {
    return number == 0 ? path : fs::path{concat(path.native(), ".", number)};
}

LogFile::LogFile(const LogPlan& plan)
    : path_{plan.path}, max_size_bytes_{plan.max_size_bytes}, max_files_{plan.max_files} {
    if (!reopen(0)) throw SystemError{last_error_, concat("opening log ", quote(path_.native()))};
    mend_last_line();
}

bool LogFile::reopen(int extra_flags) noexcept {
    UniqueFd opened{::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | extra_flags, 0600)};
    struct stat status {};
    if (!opened || ::fstat(opened.get(), &status) != 0) {
        last_error_ = errno;
        return false;
    }
    fd_ = std::move(opened);
    size_ = status.st_size;
    return true;
}

void LogFile::mend_last_line() noexcept {
    char last = '\n';
    if (size_ == 0 || ::pread(fd_.get(), &last, 1, size_ - 1) != 1 || last == '\n') return;
    const char newline = '\n';
    if (::write(fd_.get(), &newline, 1) == 1) ++size_;
}

bool LogFile::is_full_with(std::size_t bytes) const noexcept {
    return max_size_bytes_ > 0 && size_ + static_cast<std::int64_t>(bytes) > max_size_bytes_;
}

void LogFile::rotate() noexcept {
    if (max_files_ <= 1) {
        ::unlink(path_.c_str());  // a new inode, so that a follower sees where the new file begins
    } else {
        for (int number = max_files_ - 1; number >= 1; --number) {
            ::rename(rotated_path(path_, number - 1).c_str(), rotated_path(path_, number).c_str());
        }
    }
    reopen(0);
}

bool LogFile::append(const iovec* parts, int count) noexcept {
    ssize_t wanted = 0;
    for (int i = 0; i < count; ++i) wanted += static_cast<ssize_t>(parts[i].iov_len);
    const ssize_t put = ::writev(fd_.get(), parts, count);
    if (put == wanted) {
        size_ += put;
        return true;
    }
    last_error_ = put < 0 ? errno : ENOSPC;
    struct stat status {};
    // Taken back to the last whole record; size_ follows the file, which others may have truncated.
    if (put > 0 && ::fstat(fd_.get(), &status) == 0 && ::ftruncate(fd_.get(), status.st_size - put) == 0) {
        size_ = status.st_size - put;
    } else if (put > 0) {
        size_ += put;
    }
    return false;
}

}  // namespace skiff::oci::monitor
