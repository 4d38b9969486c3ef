#include "state/wal_index.h"

#include <endian.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "util/fd.h"
#include "util/process.h"
#include "util/text.h"

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif

namespace skiff::state {
namespace {

constexpr const char* kAttribute = "trusted.skiff.index";
constexpr off_t kThrownAway = 3;  // the size that SQLite cuts an index to in order to make it anew
constexpr std::string_view kIndexEnding = "-shm";
constexpr std::string_view kLogEnding = "-wal";

/// Twice at the beginning of the index, in the host's byte order but for the salts, which are as in the log.
struct IndexHeader {
    std::uint32_t version;
    std::uint32_t unused;
    std::uint32_t change;
    std::uint8_t is_made;
    std::uint8_t big_endian_checksums;
    std::uint16_t page_bytes;
    std::uint32_t last_frame;  ///< from 1; 0: nothing in the log counts
    std::uint32_t pages;
    std::uint32_t frame_checksum[2];  ///< of all frames up to the last
    std::uint32_t salts[2];
    std::uint32_t header_checksum[2];
};
static_assert(sizeof(IndexHeader) == 48);
struct Beginning {
    std::array<IndexHeader, 2> copies;
    std::uint32_t checkpointed_frames;
};
static_assert(sizeof(Beginning) == 100);
constexpr std::uint32_t kVersion = 3007000;

struct LogHeader {
    std::uint32_t magic, version, page_bytes, sequence;
    std::uint32_t salts[2];
    std::uint32_t checksum[2];
};
struct FrameHeader {
    std::uint32_t page, pages_after_commit;
    std::uint32_t salts[2];
    std::uint32_t checksum[2];  ///< big endian
};
static_assert(sizeof(LogHeader) == 32 && sizeof(FrameHeader) == 24);

template <typename Record>
bool read_record(int fd, Record& record, off_t at) {
    return ::pread(fd, &record, sizeof record, at) == static_cast<ssize_t>(sizeof record);
}

/// This boot and this mount: empty where the kernel tells no number for the mount that is never used again.
std::string place_of(int fd) {
    struct statx status {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID_UNIQUE, &status) != 0 || (status.stx_mask & STATX_MNT_ID_UNIQUE) == 0) return {};
    return concat(boot_id(), " ", status.stx_mnt_id);
}

bool has_mark(int fd, const std::string& mark) {
    std::array<char, 128> found;
    const ssize_t length = mark.empty() ? -1 : ::fgetxattr(fd, kAttribute, found.data(), found.size());
    return length > 0 && std::string_view{found.data(), static_cast<std::size_t>(length)} == mark;
}

UniqueFd open_log_of(int index) {
    std::array<char, PATH_MAX> path;
    const ssize_t length = ::readlink(concat("/proc/self/fd/", index).c_str(), path.data(), path.size() - 1);
    if (length <= 0) return {};
    const std::string_view name{path.data(), static_cast<std::size_t>(length)};
    if (!name.ends_with(kIndexEnding)) return {};
    const std::string log = concat(name.substr(0, name.size() - kIndexEnding.size()), kLogEnding);
    return UniqueFd{::open(log.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
}

std::int64_t page_bytes(const IndexHeader& index) { return index.page_bytes == 1 ? 65536 : index.page_bytes; }

/// The frame's checksum sums up the whole log before it. A further frame of the same log is one that the index does not know.
bool names_last_frame(const IndexHeader& index, int log) {
    LogHeader header;
    FrameHeader frame, next;
    const std::int64_t frame_bytes = page_bytes(index) + static_cast<std::int64_t>(sizeof frame);
    const std::int64_t at = static_cast<std::int64_t>(sizeof header) + frame_bytes * (index.last_frame - 1);
    struct stat status {};
    if (::fstat(log, &status) != 0 || status.st_size < at + frame_bytes) return false;
    if (!read_record(log, header, 0) || !read_record(log, frame, at)) return false;
    if (read_record(log, next, at + frame_bytes) && std::memcmp(next.salts, index.salts, sizeof next.salts) == 0) return false;
    return std::memcmp(header.salts, index.salts, sizeof header.salts) == 0 && std::memcmp(frame.salts, index.salts, sizeof frame.salts) == 0 &&
           be32toh(frame.checksum[0]) == index.frame_checksum[0] && be32toh(frame.checksum[1]) == index.frame_checksum[1];
}

/// What a checkpoint has copied is read from the database itself, and whether that is still the same one cannot be told: then not. Nor when
/// nothing in the log counts; to make that index anew is nothing.
bool fits_log(int fd) {
    Beginning beginning;
    if (!read_record(fd, beginning, 0) || std::memcmp(&beginning.copies[0], &beginning.copies[1], sizeof(IndexHeader)) != 0) return false;
    const IndexHeader& index = beginning.copies[0];
    if (index.version != kVersion || index.is_made != 1 || index.last_frame == 0 || beginning.checkpointed_frames != 0) return false;
    const UniqueFd log = open_log_of(fd);
    return log && names_last_frame(index, log.get());
}

/// In place of SQLite's ftruncate(2). SQLite holds the lock by which it knows that nobody else is connected.
int cut(int fd, off_t size) {
    if (size != kThrownAway) return ::ftruncate(fd, size);
    if (is_wal_index_current(fd)) return 0;
    if (::ftruncate(fd, size) != 0) return -1;
    const std::string mark = place_of(fd);
    if (!mark.empty()) ::fsetxattr(fd, kAttribute, mark.data(), mark.size(), 0);  // refused: then it never stays
    return 0;
}

}  // namespace

bool is_wal_index_current(int fd) noexcept { return has_mark(fd, place_of(fd)) && fits_log(fd); }

void keep_wal_index() noexcept {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    if (vfs != nullptr && vfs->iVersion >= 3) vfs->xSetSystemCall(vfs, "ftruncate", reinterpret_cast<sqlite3_syscall_ptr>(cut));
}

}  // namespace skiff::state
