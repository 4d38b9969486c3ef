#include "util/copy_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <string>

#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff {
namespace {

constexpr int kMaxDepth = 1000;

void copy_attributes(int source, int target) {
    std::array<char, 65536> names;
    const ssize_t length = ::flistxattr(source, names.data(), names.size());
    for (ssize_t at = 0; at < length;) {
        const std::string name{names.data() + at};
        at += static_cast<ssize_t>(name.size()) + 1;
        if (name.starts_with("trusted.overlay.")) continue;
        std::array<char, 65536> value;
        const ssize_t size = ::fgetxattr(source, name.c_str(), value.data(), value.size());
        if (size >= 0) ::fsetxattr(target, name.c_str(), value.data(), static_cast<std::size_t>(size), 0);
    }
}

/// Owner first: chown clears setuid bits and file capabilities.
void copy_metadata(int source, int target, const struct stat& status, std::string_view name) {
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    if (::fchown(target, status.st_uid, status.st_gid) != 0 || ::fchmod(target, status.st_mode & 07777) != 0) {
        throw SystemError{errno, concat("setting owner and mode of ", quote(name))};
    }
    copy_attributes(source, target);
    ::futimens(target, times.data());
}

void copy_special(int source_dir, int target_dir, const char* name, const struct stat& status) {
    if (S_ISLNK(status.st_mode)) {
        std::array<char, 4097> text{};
        const ssize_t length = ::readlinkat(source_dir, name, text.data(), text.size() - 1);
        if (length < 0 || ::symlinkat(text.data(), target_dir, name) != 0) throw SystemError{errno, concat("copying link ", quote(name))};
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

void copy_directory(int source, int target, int depth);

void copy_entry(int source_dir, int target_dir, const std::string& name, int depth) {
    struct stat status {};
    if (::fstatat(source_dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return;
        throw SystemError{errno, concat("copying ", quote(name))};
    }
    if (S_ISSOCK(status.st_mode)) return;
    if (S_ISDIR(status.st_mode)) {
        const UniqueFd from = open_at(source_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        const UniqueFd to = make_directory_at(target_dir, name, 0700);
        copy_directory(from.get(), to.get(), depth + 1);
    } else if (S_ISREG(status.st_mode)) {
        const UniqueFd from = open_at(source_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (::fstat(from.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
        const UniqueFd to = open_at(target_dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
        copy_bytes(from.get(), to.get(), name);
        copy_metadata(from.get(), to.get(), status, name);
    } else {
        copy_special(source_dir, target_dir, name.c_str(), status);
    }
}

void copy_directory(int source, int target, int depth) {
    if (depth > kMaxDepth) throw Error{ErrorKind::Corrupt, "copying a directory: nested too deeply"};
    struct stat status {};
    if (::fstat(source, &status) != 0) throw SystemError{errno, "copying a directory"};
    for (const auto& name : list_directory(source)) copy_entry(source, target, name, depth);
    copy_metadata(source, target, status, ".");
}

}  // namespace

void copy_tree(int source, int target) { copy_directory(source, target, 0); }

}  // namespace skiff
