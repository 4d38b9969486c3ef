#include "util/path_lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/fd.h"

namespace skiff {
namespace {

constexpr int kMostLinks = 40;  // as the kernel's own limit

/// A failure is -1 with errno, all the way up: callers see what the kernel would have said.
class LookUp {
public:
    LookUp(int root, int flags, mode_t mode, std::uint64_t resolve) : flags_{flags | O_CLOEXEC}, mode_{mode}, resolve_{resolve} {
        way_.emplace_back(::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    }

    int run(std::string_view path) {
        if (path.empty()) return fail(ENOENT);
        if (!way_.front() || !push(path)) return -1;
        while (!pending_.empty()) {
            const std::string name = std::move(pending_.back());
            pending_.pop_back();
            if (name != ".." && pending_.empty()) {
                if (const auto end = finish(name)) return *end;
            } else if (name == ".." ? !go_up() : !enter(name)) {
                return -1;
            }
        }
        if ((flags_ & O_CREAT) != 0) return fail(EISDIR);
        return ::openat(way_.back().get(), ".", flags_ & ~O_NOFOLLOW);
    }

private:
    static int fail(int code) {
        errno = code;
        return -1;
    }
    bool has(std::uint64_t flag) const { return (resolve_ & flag) != 0; }

    /// False for what leads out.
    bool push(std::string_view path) {
        if (path.starts_with('/')) {
            if (has(RESOLVE_BENEATH)) return fail(EXDEV) == 0;
            way_.resize(1);
        }
        const bool directory = path.ends_with('/') || path.ends_with("/.") || path == ".";
        if (directory && pending_.empty()) flags_ = (flags_ | O_DIRECTORY) & ~O_NOFOLLOW;  // a slash at the end asks for what a link leads to
        std::vector<std::string> parts;
        for (std::size_t at = 0; at < path.size();) {
            const std::size_t end = std::min(path.find('/', at), path.size());
            const std::string_view part = path.substr(at, end - at);
            if (!part.empty() && part != ".") parts.emplace_back(part);
            at = end + 1;
        }
        pending_.insert(pending_.end(), std::make_move_iterator(parts.rbegin()), std::make_move_iterator(parts.rend()));
        return true;
    }

    bool go_up() {
        if (way_.size() > 1) way_.pop_back();
        else if (has(RESOLVE_BENEATH)) return fail(EXDEV) == 0;
        return true;
    }

    /// Magic links (fd/7, root, cwd, exe) are those of procfs, but for the few in its root directory (self, mounts).
    bool is_magic(int link) const {
        struct statfs where {};
        struct stat directory {};
        return ::fstatfs(link, &where) == 0 && where.f_type == PROC_SUPER_MAGIC && ::fstat(way_.back().get(), &directory) == 0 && directory.st_ino != 1;
    }

    bool follow(int link) {
        if (has(RESOLVE_NO_SYMLINKS) || ++links_ > kMostLinks || is_magic(link)) return fail(ELOOP) == 0;
        std::array<char, PATH_MAX> text;
        const ssize_t length = ::readlinkat(link, "", text.data(), text.size());
        if (length < 0) return false;
        return push({text.data(), static_cast<std::size_t>(length)});
    }

    bool crosses(const struct stat& status) const {
        struct stat here {};
        return has(RESOLVE_NO_XDEV) && ::fstat(way_.back().get(), &here) == 0 && here.st_dev != status.st_dev;
    }

    /// What is there, not followed; its kind in `status`.
    UniqueFd look(const std::string& name, struct stat& status) const {
        UniqueFd next{::openat(way_.back().get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
        if (next && ::fstat(next.get(), &status) != 0) return {};
        if (next && crosses(status)) {
            errno = EXDEV;
            return {};
        }
        return next;
    }

    bool enter(const std::string& name) {
        struct stat status {};
        UniqueFd next = look(name, status);
        if (!next) return false;
        if (S_ISLNK(status.st_mode)) return follow(next.get());
        if (!S_ISDIR(status.st_mode)) return fail(ENOTDIR) == 0;
        way_.push_back(std::move(next));
        return true;
    }

    /// The last name, opened as asked for; nothing when it was a link, which has been put in.
    std::optional<int> finish(const std::string& name) {
        struct stat status {};
        const UniqueFd found = look(name, status);
        if (!found && (errno != ENOENT || (flags_ & O_CREAT) == 0)) return -1;
        const bool keeps_links = (flags_ & O_NOFOLLOW) != 0 || (flags_ & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
        if (!found || !S_ISLNK(status.st_mode) || keeps_links) return ::openat(way_.back().get(), name.c_str(), flags_ | O_NOFOLLOW, mode_);
        return follow(found.get()) ? std::nullopt : std::optional{-1};
    }

    int flags_;
    mode_t mode_;
    std::uint64_t resolve_;
    std::vector<UniqueFd> way_;         // the root and the directories on the way down
    std::vector<std::string> pending_;  // names still to go, the next one last
    int links_ = 0;
};

}  // namespace

int walk_below(int root, const char* path, int flags, mode_t mode, std::uint64_t resolve) noexcept {
    try {
        return LookUp{root, flags, mode, resolve}.run(path);
    } catch (const std::bad_alloc&) {
        errno = ENOMEM;
        return -1;
    }
}

int open_resolved(int root, const char* path, int flags, mode_t mode, std::uint64_t resolve) noexcept {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
    how.resolve = resolve;
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const auto fd = static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
        if (fd >= 0) return fd;
        if (errno == ENOSYS) return walk_below(root, path, flags, mode, resolve);
        if (errno != EAGAIN && errno != EINTR) return fd;
    }
    return -1;
}

}  // namespace skiff
