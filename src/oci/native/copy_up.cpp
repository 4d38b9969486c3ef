#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "oci/native/rootfs.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr int kMaxDepth = 256;

void copy_entry(int from, int to, const std::string& name, int depth);

void set_metadata(int fd, const struct stat& status, const std::string& name) {
    if (::fchown(fd, status.st_uid, status.st_gid) != 0 && errno != EINVAL) throw SystemError{errno, concat("copying the owner of ", quote(name))};
    if (::fchmod(fd, status.st_mode & 07777) != 0) throw SystemError{errno, concat("copying the mode of ", quote(name))};
    const timespec times[2] = {status.st_atim, status.st_mtim};
    ::futimens(fd, times);
}

void copy_directory(int from, int to, const std::string& name, const struct stat& status, int depth) {
    const UniqueFd source = open_at(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const UniqueFd target = make_directory_at(to, name, 0700);
    for (const std::string& child : list_directory(source.get())) copy_entry(source.get(), target.get(), child, depth + 1);
    set_metadata(target.get(), status, name);
}

void copy_file(int from, int to, const std::string& name, const struct stat& status) {
    const UniqueFd source = open_at(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const UniqueFd target = open_at(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    copy_bytes(source.get(), target.get(), name);
    set_metadata(target.get(), status, name);
}

void copy_link(int from, int to, const std::string& name, const struct stat& status) {
    const auto target = read_link_at(from, name);
    if (!target) throw SystemError{errno, concat("reading link ", quote(name))};
    if (::symlinkat(target->c_str(), to, name.c_str()) != 0) throw SystemError{errno, concat("copying link ", quote(name))};
    if (::fchownat(to, name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0 && errno != EINVAL) {
        throw SystemError{errno, concat("copying the owner of ", quote(name))};
    }
}

void copy_entry(int from, int to, const std::string& name, int depth) {
    if (depth > kMaxDepth) throw Error{ErrorKind::Corrupt, concat("copying ", quote(name), ": nested too deeply")};
    struct stat status {};
    if (::fstatat(from, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) throw SystemError{errno, concat("copying ", quote(name))};
    if (S_ISDIR(status.st_mode)) copy_directory(from, to, name, status, depth);
    else if (S_ISREG(status.st_mode)) copy_file(from, to, name, status);
    else if (S_ISLNK(status.st_mode)) copy_link(from, to, name, status);
    else if (::mknodat(to, name.c_str(), status.st_mode, status.st_rdev) != 0) throw SystemError{errno, concat("copying ", quote(name))};
}

}  // namespace

void detail::copy_up(int from, int to, KeptMetadata kept) {
    for (const std::string& name : list_directory(from)) copy_entry(from, to, name, 0);
    struct stat status {};
    struct stat asked_for {};
    if (::fstat(from, &status) != 0 || ::fstat(to, &asked_for) != 0) return;
    if (kept.mode) status.st_mode = asked_for.st_mode;
    if (kept.owner) status.st_uid = asked_for.st_uid;
    if (kept.group) status.st_gid = asked_for.st_gid;
    set_metadata(to, status, "the covered directory");
}

}  // namespace skiff::oci::native
