#include "util/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "util/error.h"
#include "util/path_lookup.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff {
namespace {

bool absent(int code) { return code == ENOENT || code == ENOTDIR; }

int openat_retrying(int dir, const char* path, int flags, mode_t mode) {
    int fd;
    do {
        fd = ::openat(dir, path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int openat2_in_root(int root, const fs::path& path, int flags, mode_t mode) {
    return open_resolved(root, path.c_str(), flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

}  // namespace

UniqueFd open_at(int dir, const fs::path& path, int flags, mode_t mode) {
    UniqueFd fd{openat_retrying(dir, path.c_str(), flags, mode)};
    if (!fd) throw SystemError{errno, concat("opening ", quote(path.native()))};
    return fd;
}

UniqueFd open_at_if_exists(int dir, const fs::path& path, int flags) {
    UniqueFd fd{openat_retrying(dir, path.c_str(), flags, 0)};
    if (!fd && !absent(errno)) throw SystemError{errno, concat("opening ", quote(path.native()))};
    return fd;
}

UniqueFd open_directory(const fs::path& path) { return open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY); }

UniqueFd open_directory_at(int dir, const fs::path& name) { return open_at(dir, name, O_RDONLY | O_DIRECTORY); }

UniqueFd make_directory_at(int dir, const fs::path& name, mode_t mode) {
    if (::mkdirat(dir, name.c_str(), mode) == 0) {
        UniqueFd made = open_directory_at(dir, name);
        if (::fchmod(made.get(), mode) != 0) throw SystemError{errno, concat("setting the mode of ", quote(name.native()))};
        return made;
    }
    if (errno != EEXIST) throw SystemError{errno, concat("making directory ", quote(name.native()))};
    return open_directory_at(dir, name);
}

UniqueFd make_directory(const fs::path& path, mode_t mode) {
    UniqueFd existing = open_at_if_exists(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    if (existing) return existing;
    if (path.has_parent_path() && path.parent_path() != path) {
        const UniqueFd parent = make_directory(path.parent_path(), 0755);
    }
    return make_directory_at(AT_FDCWD, path, mode);
}

UniqueFd open_in_root(int root, const fs::path& path, int flags, mode_t mode) {
    UniqueFd fd{openat2_in_root(root, path, flags, mode)};
    if (!fd) throw SystemError{errno, concat("opening ", quote(path.native()), " in the root file system")};
    return fd;
}

UniqueFd open_in_root_if_exists(int root, const fs::path& path, int flags) {
    UniqueFd fd{openat2_in_root(root, path, flags, 0)};
    if (!fd && !absent(errno)) {
        throw SystemError{errno, concat("opening ", quote(path.native()), " in the root file system")};
    }
    return fd;
}

UniqueFd make_directories_in_root(int root, const fs::path& path, mode_t mode, uid_t uid, gid_t gid) {
    UniqueFd existing = open_in_root_if_exists(root, path, O_PATH | O_DIRECTORY);
    if (existing) return existing;
    const fs::path clean = path.lexically_normal().relative_path();
    const fs::path name = clean.has_filename() ? clean.filename() : clean.parent_path().filename();
    const fs::path parent_path = clean.has_filename() ? clean.parent_path() : clean.parent_path().parent_path();
    const UniqueFd parent = parent_path.empty() ? open_in_root(root, "/", O_PATH | O_DIRECTORY)
                                                : make_directories_in_root(root, parent_path, mode, uid, gid);
    if (::mkdirat(parent.get(), name.c_str(), mode) != 0) {
        if (errno != EEXIST) throw SystemError{errno, concat("making directory ", quote(path.native()))};
        return open_in_root(root, path, O_PATH | O_DIRECTORY);  // a link to a directory, or a race lost
    }
    UniqueFd made = open_at(parent.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (::fchown(made.get(), uid, gid) != 0 || ::fchmod(made.get(), mode) != 0) {
        throw SystemError{errno, concat("setting the owner of ", quote(path.native()))};
    }
    return made;
}

std::optional<std::string> read_regular_in_root(int root, const fs::path& path, std::size_t limit_bytes) {
    // A loop of links is as good as absent: the image wrote it.
    const UniqueFd found{openat2_in_root(root, path, O_PATH, 0)};
    if (!found && !absent(errno) && errno != ELOOP) {
        throw SystemError{errno, concat("opening ", quote(path.native()), " in the root file system")};
    }
    struct stat status {};
    if (!found || ::fstat(found.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    // Opening a FIFO or a device has effects, so only what is known to be a regular file is opened.
    const UniqueFd file = open_at(AT_FDCWD, proc_fd_path(found.get()), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    return read_all(file.get(), limit_bytes, path.native());
}

std::string read_file(const fs::path& path, std::size_t limit_bytes) { return read_file_at(AT_FDCWD, path, limit_bytes); }

std::string read_file_at(int dir, const fs::path& name, std::size_t limit_bytes) {
    const UniqueFd file = open_at(dir, name, O_RDONLY);
    return read_all(file.get(), limit_bytes, name.native());
}

std::optional<std::string> read_file_if_exists_at(int dir, const fs::path& name, std::size_t limit_bytes) {
    const UniqueFd file = open_at_if_exists(dir, name, O_RDONLY);
    if (!file) return std::nullopt;
    return read_all(file.get(), limit_bytes, name.native());
}

void replace_file_at(int dir, const std::string& name, std::string_view content, mode_t mode, Sync sync) {
    const std::string temporary = concat(".", name, ".", random_hex(8));
    try {
        const UniqueFd file = open_at(dir, temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
        write_all(file.get(), content, name);
        if (::fchmod(file.get(), mode) != 0) throw SystemError{errno, concat("setting the mode of ", quote(name))};
        if (sync == Sync::Yes && ::fsync(file.get()) != 0) throw SystemError{errno, concat("syncing ", quote(name))};
        if (::renameat(dir, temporary.c_str(), dir, name.c_str()) != 0) {
            throw SystemError{errno, concat("renaming to ", quote(name))};
        }
    } catch (...) {
        ::unlinkat(dir, temporary.c_str(), 0);
        throw;
    }
    if (sync == Sync::Yes && ::fsync(dir) != 0) throw SystemError{errno, concat("syncing the directory of ", quote(name))};
}

namespace {

void clear_immutable(int dir, const char* name) {
    const UniqueFd file{openat_retrying(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)};
    int flags = 0;
    if (!file || ::ioctl(file.get(), FS_IOC_GETFLAGS, &flags) != 0) return;
    flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
    ::ioctl(file.get(), FS_IOC_SETFLAGS, &flags);
}

bool unlink_one(int dir, const char* name, int flags) {
    if (::unlinkat(dir, name, flags) == 0 || errno == ENOENT) return true;
    if (errno != EPERM) return false;
    clear_immutable(dir, name);
    return ::unlinkat(dir, name, flags) == 0 || errno == ENOENT;
}

bool not_empty(int code) { return code == ENOTEMPTY || code == EEXIST; }

/// Removes `name` unless it is a directory with something in it: then false.
bool remove_unless_filled(int dir, const char* name, unsigned char type) {
    if (type != DT_DIR && unlink_one(dir, name, 0)) return true;
    if (type != DT_DIR && errno != EISDIR) throw SystemError{errno, concat("removing ", quote(name))};
    if (unlink_one(dir, name, AT_REMOVEDIR)) return true;
    if (!not_empty(errno)) throw SystemError{errno, concat("removing directory ", quote(name))};
    return false;
}

constexpr int kDescriptorsForDepth = 24;

/// Empties `dir` by reading it once, a descriptor for each level. False when it is deeper than `levels`: some of it is left.
bool empty_flat(int dir, int levels) {
    alignas(dirent64) std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t got = ::getdents64(dir, buffer.data(), buffer.size());
        if (got < 0) throw SystemError{errno, "listing a directory to remove"};
        if (got == 0) return true;
        for (ssize_t at = 0; at < got;) {
            const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
            at += entry->d_reclen;
            const std::string_view name{entry->d_name};
            if (name == "." || name == ".." || remove_unless_filled(dir, entry->d_name, entry->d_type)) continue;
            if (levels == 0) return false;
            const UniqueFd child = open_at(dir, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            if (!empty_flat(child.get(), levels - 1)) return false;
            if (!unlink_one(dir, entry->d_name, AT_REMOVEDIR) && !not_empty(errno)) {
                throw SystemError{errno, concat("removing directory ", quote(name))};
            }
        }
    }
}

/// Removes what is in `dir`, up to the first directory that must be emptied first, whose name it gives back.
std::optional<std::string> remove_children(int dir) {
    DIR* stream = ::fdopendir(open_directory_at(dir, ".").release());
    if (stream == nullptr) throw SystemError{errno, "listing a directory to remove"};
    const std::unique_ptr<DIR, int (*)(DIR*)> owner{stream, ::closedir};
    while (const dirent* entry = ::readdir(stream)) {
        const std::string_view name{entry->d_name};
        if (name == "." || name == "..") continue;
        if (!remove_unless_filled(dir, entry->d_name, entry->d_type)) return std::string{name};
    }
    return std::nullopt;
}

struct OpenDirectory {
    std::string name;
    ino_t inode = 0;
};

OpenDirectory describe(int fd, std::string name) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw SystemError{errno, concat("reading directory ", quote(name))};
    return {std::move(name), status.st_ino};
}

/// ".." of a directory that somebody moved meanwhile is not where we came from.
UniqueFd open_parent(int dir, const OpenDirectory& expected) {
    UniqueFd parent = open_directory_at(dir, "..");
    if (describe(parent.get(), expected.name).inode != expected.inode) {
        throw Error{ErrorKind::InUse, concat("removing ", quote(expected.name), ": it was moved meanwhile")};
    }
    return parent;
}

/// With two descriptors whatever the depth: a container may have nested a hundred thousand directories.
void empty_deep(UniqueFd current, const std::string& top) {
    std::vector<OpenDirectory> above{describe(current.get(), top)};
    for (;;) {
        if (const auto filled = remove_children(current.get())) {
            current = open_at(current.get(), *filled, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            above.push_back(describe(current.get(), *filled));
            continue;
        }
        if (above.size() == 1) return;
        const auto emptied = std::move(above.back());
        above.pop_back();
        current = open_parent(current.get(), above.back());
        if (!unlink_one(current.get(), emptied.name.c_str(), AT_REMOVEDIR) && !not_empty(errno)) {
            throw SystemError{errno, concat("removing directory ", quote(emptied.name))};
        }
    }
}

}  // namespace

void remove_tree_at(int dir, const fs::path& name) {
    if (unlink_one(dir, name.c_str(), AT_REMOVEDIR)) return;
    if (errno == ENOTDIR) {
        if (unlink_one(dir, name.c_str(), 0)) return;
        throw SystemError{errno, concat("removing ", quote(name.native()))};
    }
    if (!not_empty(errno)) throw SystemError{errno, concat("removing ", quote(name.native()))};
    UniqueFd top = open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    empty_flat(top.get(), kDescriptorsForDepth);
    if (unlink_one(dir, name.c_str(), AT_REMOVEDIR)) return;
    if (not_empty(errno)) empty_deep(std::move(top), name.native());  // too deep, or filled meanwhile
    if (!unlink_one(dir, name.c_str(), AT_REMOVEDIR)) {
        throw SystemError{errno, concat("removing directory ", quote(name.native()))};
    }
}

std::optional<std::string> read_link_at(int dir, const std::string& name) {
    std::array<char, PATH_MAX> text;
    const ssize_t length = ::readlinkat(dir, name.c_str(), text.data(), text.size());
    if (length < 0) return std::nullopt;
    return std::string{text.data(), static_cast<std::size_t>(length)};
}

std::vector<std::string> list_directory(int dir) {
    const UniqueFd again = open_directory_at(dir, ".");
    DIR* stream = ::fdopendir(::fcntl(again.get(), F_DUPFD_CLOEXEC, 3));
    if (stream == nullptr) throw SystemError{errno, "listing a directory"};
    const std::unique_ptr<DIR, int (*)(DIR*)> owner{stream, ::closedir};
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(stream)) {
        const std::string_view name{entry->d_name};
        if (name != "." && name != "..") names.emplace_back(name);
    }
    return names;
}

namespace {

/// At most `limit` bytes, as far as the kernel copies by itself.
std::uint64_t copy_in_kernel(int source, int target, std::uint64_t limit) {
    std::uint64_t total = 0;
    while (total < limit) {
        const ssize_t copied = ::copy_file_range(source, nullptr, target, nullptr, std::min<std::uint64_t>(limit - total, 1U << 30), 0);
        if (copied <= 0) break;
        total += static_cast<std::uint64_t>(copied);
    }
    return total;
}

std::uint64_t copy_by_hand(int source, int target, std::uint64_t limit, std::string_view name) {
    auto buffer = std::make_unique<std::array<char, 1U << 17>>();
    std::uint64_t total = 0;
    while (total < limit) {
        const ssize_t got = ::read(source, buffer->data(), std::min<std::uint64_t>(limit - total, buffer->size()));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError{errno, concat("reading ", quote(name))};
        if (got == 0) break;
        write_all(target, {buffer->data(), static_cast<std::size_t>(got)}, name);
        total += static_cast<std::uint64_t>(got);
    }
    return total;
}

std::uint64_t copy_part(int source, int target, std::uint64_t limit, std::string_view name) {
    const auto copied = copy_in_kernel(source, target, limit);
    // Some file systems answer 0 for files whose size they do not know (proc), others none at all.
    return copied + copy_by_hand(source, target, limit - copied, name);
}

/// The size of a regular file with holes, 0 for others.
std::uint64_t sparse_size(int source) {
    struct stat status {};
    if (::fstat(source, &status) != 0 || !S_ISREG(status.st_mode) || status.st_blocks * 512 >= status.st_size) return 0;
    return ::lseek(source, 0, SEEK_CUR) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// What is data in a file, to the same places of an empty one.
void copy_data(int source, int target, std::uint64_t size, std::string_view name) {
    off_t hole = 0;
    for (;;) {
        const off_t data = ::lseek(source, hole, SEEK_DATA);
        if (data < 0) break;  // ENXIO: the rest is a hole
        hole = ::lseek(source, data, SEEK_HOLE);
        if (hole < 0 || ::lseek(source, data, SEEK_SET) < 0 || ::lseek(target, data, SEEK_SET) < 0) throw SystemError{errno, concat("copying ", quote(name))};
        copy_part(source, target, static_cast<std::uint64_t>(hole - data), name);
    }
    if (::ftruncate(target, static_cast<off_t>(size)) != 0) throw SystemError{errno, concat("setting the size of ", quote(name))};
}

}  // namespace

std::uint64_t copy_bytes(int source, int target, std::string_view name) {
    const auto size = sparse_size(source);
    if (size == 0) return copy_part(source, target, UINT64_MAX, name);
    copy_data(source, target, size, name);
    return size;
}

std::string proc_fd_path(int fd) { return concat("/proc/self/fd/", fd); }

}  // namespace skiff
