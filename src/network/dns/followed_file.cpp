#include "network/dns/followed_file.h"

#include <fcntl.h>

#include "util/error.h"
#include "util/files.h"

namespace skiff::network::dns {
namespace {

bool same_time(const timespec& left, const timespec& right) { return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec; }

}  // namespace

bool FollowedFile::Stamp::operator==(const Stamp& other) const noexcept {
    return device == other.device && inode == other.inode && size == other.size && same_time(modified, other.modified) &&
           same_time(status_changed, other.status_changed);
}

FollowedFile::Stamp FollowedFile::look() const noexcept {
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0) return {};
    return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
}

bool FollowedFile::changed() noexcept {
    const Stamp now = look();
    if (seen_ && *seen_ == now) return false;
    seen_ = now;
    return true;
}

std::optional<std::string> FollowedFile::read(std::size_t limit_bytes) const noexcept {
    try {
        return read_file_if_exists_at(AT_FDCWD, path_, limit_bytes);
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace skiff::network::dns
