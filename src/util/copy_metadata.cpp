#include "util/copy_metadata.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff {
namespace {

bool owner_changes(int source, const struct stat& wanted) {
    struct stat now {};
    return ::fstat(source, &now) == 0 && (now.st_uid != wanted.st_uid || now.st_gid != wanted.st_gid);
}

void copy_attributes(int source, int target, bool with_capabilities) {
    std::array<char, 65536> names;
    const ssize_t length = ::flistxattr(source, names.data(), names.size());
    for (ssize_t at = 0; at < length;) {
        const std::string name{names.data() + at};
        at += static_cast<ssize_t>(name.size()) + 1;
        if (name.starts_with("trusted.overlay.") || (name == "security.capability" && !with_capabilities)) continue;
        std::array<char, 65536> value;
        const ssize_t size = ::fgetxattr(source, name.c_str(), value.data(), value.size());
        if (size >= 0) ::fsetxattr(target, name.c_str(), value.data(), static_cast<std::size_t>(size), 0);
    }
}

}  // namespace

/// Owner first: chown clears setuid bits and file capabilities. For another owner they stay cleared: what somebody may run as
/// a container's user must not become what anybody may run as root.
void copy_metadata(int source, int target, const struct stat& status, std::string_view name) {
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    const bool given_away = S_ISREG(status.st_mode) && owner_changes(source, status);
    const mode_t mode = status.st_mode & (given_away ? 01777 : 07777);
    if (::fchown(target, status.st_uid, status.st_gid) != 0 || ::fchmod(target, mode) != 0) {
        throw SystemError{errno, concat("setting owner and mode of ", quote(name))};
    }
    copy_attributes(source, target, !given_away);
    ::futimens(target, times.data());
}

void copy_special(int source_dir, const std::string& source_name, int target_dir, const std::string& target_name,
                  const struct stat& status) {
    const char* name = target_name.c_str();
    if (S_ISLNK(status.st_mode)) {
        const auto text = read_link_at(source_dir, source_name);
        if (!text || ::symlinkat(text->c_str(), target_dir, name) != 0) throw SystemError{errno, concat("copying link ", quote(name))};
    } else if (::mknodat(target_dir, name, status.st_mode, status.st_rdev) != 0) {
        throw SystemError{errno, concat("copying special file ", quote(name))};
    }
    if (::fchownat(target_dir, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
        throw SystemError{errno, concat("setting the owner of ", quote(name))};
    }
    if (!S_ISLNK(status.st_mode)) ::fchmodat(target_dir, name, status.st_mode & 07777, 0);
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    ::utimensat(target_dir, name, times.data(), AT_SYMLINK_NOFOLLOW);
}

}  // namespace skiff
