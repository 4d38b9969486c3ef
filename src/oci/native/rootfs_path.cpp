#include "oci/native/rootfs_path.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <vector>

#include "oci/native/kernel.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel's own limit

int open_by_kernel(int root, const std::string& path) {
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    int fd = -1;
    for (int attempt = 0; attempt < 1000; ++attempt) {  // EAGAIN: something is being renamed
        fd = kernel::openat2(root, path.empty() ? "/" : path.c_str(), how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
    }
    return fd;
}

/// A walk from the root, one component at a time. Each step opens a name in a directory without following a link, so
/// that nothing outside can be reached; ".." goes back along the way that was taken.
class Walk {
public:
    Walk(int root, const std::string& path, Create create, bool links = true)
        : path_{path}, create_{create}, links_allowed_{links} {
        open_.push_back(duplicate(root));
        push(path);
    }

    UniqueFd run() {
        while (!pending_.empty()) {
            const std::string name = std::move(pending_.back());
            pending_.pop_back();
            step(name);
        }
        return std::move(open_.back());
    }

private:
    [[noreturn]] void fail(int code) const {
        throw SystemError{code, concat("opening ", quote(path_), " in the root file system")};
    }

    void push(std::string_view path) {
        std::vector<std::string> parts = split(path, '/');
        std::reverse(parts.begin(), parts.end());
        for (std::string& part : parts) {
            if (!part.empty() && part != ".") pending_.push_back(std::move(part));
        }
    }

    void step(const std::string& name) {
        if (name == "..") {
            if (open_.size() > 1) open_.pop_back();
            return;
        }
        if (name.size() > NAME_MAX) fail(ENAMETOOLONG);
        UniqueFd next{::openat(open_.back().get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
        if (!next && errno == ENOENT && create_ != Create::Nothing) next = make(name);
        if (!next) fail(errno);
        struct stat status {};
        if (::fstat(next.get(), &status) != 0) fail(errno);
        if (S_ISLNK(status.st_mode)) follow(next.get());
        else open_.push_back(std::move(next));
    }

    /// Links of procfs are magic (fd/7, root, cwd, exe) but for the few in its root directory (self, mounts).
    bool is_magic(int link) const {
        struct statfs where {};
        struct stat directory {};
        return ::fstatfs(link, &where) == 0 && where.f_type == PROC_SUPER_MAGIC &&
               ::fstat(open_.back().get(), &directory) == 0 && directory.st_ino != 1;
    }

    void follow(int link) {
        if (!links_allowed_ || ++links_ > kMaxLinks || is_magic(link)) fail(ELOOP);
        const auto text = read_link_at(link, "");
        if (!text) fail(errno);
        if (text->starts_with('/')) open_.resize(1);
        push(*text);
    }

    UniqueFd make(const std::string& name) {
        const int dir = open_.back().get();
        if (create_ == Create::File && pending_.empty()) {
            UniqueFd file{::openat(dir, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
            if (!file && errno != EEXIST) fail(errno);
        } else if (::mkdirat(dir, name.c_str(), 0755) != 0 && errno != EEXIST) {
            fail(errno);
        }
        return UniqueFd{::openat(dir, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    }

    const std::string& path_;
    Create create_;
    std::vector<UniqueFd> open_;       // the root and the way down from it
    std::vector<std::string> pending_;  // components still to go, the next one last
    bool links_allowed_;
    int links_ = 0;
};

}  // namespace

UniqueFd open_target(int root, const std::string& path, Create create) {
    UniqueFd found{open_by_kernel(root, path)};
    if (found) return found;
    if (errno != ENOSYS && errno != EPERM && (errno != ENOENT || create == Create::Nothing)) {
        throw SystemError{errno, concat("opening ", quote(path), " in the root file system")};
    }
    if (errno == ENOENT && create == Create::Nothing) {
        throw SystemError{errno, concat("opening ", quote(path), " in the root file system")};
    }
    return Walk{root, path, create}.run();
}

UniqueFd open_target_if_exists(int root, const std::string& path) {
    UniqueFd found{open_by_kernel(root, path)};
    // Without an exception: of the default masks, half are missing on most hosts, in each container.
    if (found || errno == ENOENT || errno == ENOTDIR) return found;
    try {
        return open_target(root, path, Create::Nothing);
    } catch (const SystemError& error) {
        if (error.code() == ENOENT || error.code() == ENOTDIR) return UniqueFd{};
        throw;
    }
}

UniqueFd open_plain_directory(int root, const std::string& path) {
    UniqueFd found = Walk{root, path, Create::Directory, /*links=*/false}.run();
    struct stat status {};
    if (::fstat(found.get(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        throw SystemError{ENOTDIR, concat("mounting on ", quote(path))};
    }
    return found;
}

UniqueFd reopen(int path_fd, int flags, std::string_view shown) {
    UniqueFd fd{::open(proc_fd_path(path_fd).c_str(), flags | O_CLOEXEC)};
    if (!fd) throw SystemError{errno, concat("opening ", quote(shown))};
    return fd;
}

}  // namespace skiff::oci::native
