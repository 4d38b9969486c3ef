#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "oci/monitor/log_file.h"
#include "oci/monitor/log_files.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr std::int64_t kBlockBytes = 256 * 1024;
constexpr int kMaxParts = 1000;

std::int64_t size_of(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw SystemError{errno, "reading a log"};
    return status.st_size;
}

std::string read_range(int fd, std::int64_t begin, std::int64_t end) {
    std::string text(static_cast<std::size_t>(end - begin), '\0');
    std::size_t used = 0;
    while (used < text.size()) {
        const ssize_t got = ::pread(fd, text.data() + used, text.size() - used, begin + static_cast<std::int64_t>(used));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError{errno, "reading a log"};
        if (got == 0) break;  // taken back by a monitor whose disk is full
        used += static_cast<std::size_t>(got);
    }
    text.resize(used);
    return text;
}

/// Walks back over a file's lines, counting down `wanted` ends of output lines. The line before which the count
/// runs out stays outside.
class BackwardScan {
public:
    BackwardScan(const LogFormat& format, std::int64_t lines) : format_{format}, wanted_{lines} {}

    /// Where the wanted lines begin in this file; nullopt when they begin in an older one.
    std::optional<std::int64_t> scan(int fd) {
        std::int64_t end = size_of(fd);
        std::string carried;  // the beginning of a line whose start is in an earlier block
        while (end > 0) {
            const std::int64_t begin = std::max<std::int64_t>(0, end - kBlockBytes);
            std::string block = read_range(fd, begin, end);
            block += carried;
            const auto found = scan_block(block, begin == 0);
            if (found) return begin + static_cast<std::int64_t>(*found);
            carried = begin == 0 ? std::string{} : block.substr(0, first_line_);
            end = begin;
        }
        return std::nullopt;
    }

private:
    /// Lines that begin behind the block's first newline (or at the file's beginning), last to first.
    std::optional<std::size_t> scan_block(std::string_view block, bool at_beginning) {
        const auto newline = block.find('\n');
        first_line_ = at_beginning ? 0 : newline == std::string_view::npos ? block.size() : newline + 1;
        std::size_t end = block.size();
        while (end > first_line_) {
            const std::size_t text_end = block[end - 1] == '\n' ? end - 1 : end;
            const auto* before = text_end == 0 ? nullptr : static_cast<const char*>(::memrchr(block.data(), '\n', text_end));
            const std::size_t begin = before == nullptr ? 0 : static_cast<std::size_t>(before - block.data()) + 1;
            if (begin < first_line_) break;
            if (counts(block.substr(begin, text_end - begin)) && wanted_-- == 0) return end;
            end = begin;
        }
        return std::nullopt;
    }

    /// The newest record ends a line whether it says so or not.
    bool counts(std::string_view line) {
        const bool newest = std::exchange(newest_, false);
        return format_.ends_output_line(line) || newest;
    }

    const LogFormat& format_;
    std::int64_t wanted_;
    std::size_t first_line_ = 0;
    bool newest_ = true;
};

}  // namespace

/// Numbers are opened from the newest up: a rotation meanwhile can show a file twice (seen by its inode), never hide one.
std::vector<LogPart> open_log_parts(const fs::path& path) {
    std::vector<LogPart> parts;
    std::vector<std::pair<dev_t, ino_t>> seen;
    for (int number = 0; number < kMaxParts; ++number) {
        UniqueFd fd = open_at_if_exists(AT_FDCWD, rotated_path(path, number), O_RDONLY | O_NOCTTY);
        if (!fd && number > 0) break;
        if (!fd) continue;
        struct stat status {};
        if (::fstat(fd.get(), &status) != 0) throw SystemError{errno, concat("reading log ", quote(path.native()))};
        const std::pair identity{status.st_dev, status.st_ino};
        if (std::find(seen.begin(), seen.end(), identity) != seen.end()) continue;
        seen.push_back(identity);
        parts.push_back({std::move(fd), 0});
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

void keep_tail(std::vector<LogPart>& parts, const LogFormat& format, std::int64_t lines) {
    BackwardScan scan{format, lines};
    for (std::size_t index = parts.size(); index-- > 0;) {
        const auto begin = lines <= 0 ? std::optional{size_of(parts[index].fd.get())} : scan.scan(parts[index].fd.get());
        if (!begin) continue;
        parts[index].begin = *begin;
        parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(index));
        return;
    }
}

}  // namespace skiff::oci::monitor
