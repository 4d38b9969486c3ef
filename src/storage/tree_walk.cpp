#include "storage/tree_walk.h"

#include <fcntl.h>
#include <linux/openat2.h>

#include <set>
#include <vector>

#include "util/error.h"
#include "util/files.h"
#include "util/path_lookup.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

struct Level {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
    std::vector<std::string> directories;  ///< still to be entered
};

bool gone(int code) { return code == ENOENT || code == ENOTDIR || code == ELOOP; }

std::string below(const std::string& path, const std::string& name) { return path.empty() ? name : concat(path, "/", name); }

Level enter(int dir, std::string path, const std::function<Descend(const TreeVisit&)>& visit) {
    struct stat status {};
    if (::fstat(dir, &status) != 0) throw SystemError{errno, concat("reading directory ", quote(path))};
    Level level{std::move(path), status.st_dev, status.st_ino, {}};
    for (const auto& name : list_directory(dir)) {
        struct stat found {};
        if (::fstatat(dir, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
            if (gone(errno)) continue;
            throw SystemError{errno, concat("looking up ", quote(name))};
        }
        const auto full = below(level.path, name);
        const auto answer = visit({dir, name, full, found});
        if (S_ISDIR(found.st_mode) && answer == Descend::Yes) level.directories.push_back(name);
    }
    return level;
}

UniqueFd open_child(int dir, const std::string& name) {
    UniqueFd fd{::openat(dir, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd && !gone(errno)) throw SystemError{errno, concat("opening directory ", quote(name))};
    return fd;
}

bool is_level(int fd, const Level& level) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && status.st_ino == level.inode && status.st_dev == level.device;
}

/// The directory of `level`: ".." of the one below, or by its path when that one was moved; empty when it is gone.
UniqueFd reopen(int root, int dir, const Level& level) {
    UniqueFd parent{::openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (parent && is_level(parent.get(), level)) return parent;
    const auto path = level.path.empty() ? std::string{"."} : level.path;
    UniqueFd found{open_resolved(root, path.c_str(), O_RDONLY | O_DIRECTORY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)};
    if (!found || !is_level(found.get(), level)) return {};
    return found;
}

}  // namespace

void walk_tree(int root, const std::function<Descend(const TreeVisit&)>& visit) {
    UniqueFd current = open_directory_at(root, ".");
    std::vector<Level> levels;
    levels.push_back(enter(current.get(), "", visit));
    while (!levels.empty()) {
        auto& level = levels.back();
        if (level.directories.empty()) {
            levels.pop_back();
            while (!levels.empty()) {
                if (UniqueFd parent = reopen(root, current.get(), levels.back())) {
                    current = std::move(parent);
                    break;
                }
                levels.pop_back();
            }
            continue;
        }
        const auto name = std::move(level.directories.back());
        level.directories.pop_back();
        if (UniqueFd child = open_child(current.get(), name)) {
            current = std::move(child);
            auto next = enter(current.get(), below(level.path, name), visit);
            levels.push_back(std::move(next));
        }
    }
}

std::uint64_t tree_size(int root) {
    std::uint64_t size = 0;
    std::set<std::pair<dev_t, ino_t>> counted;
    walk_tree(root, [&](const TreeVisit& visit) {
        const auto& status = visit.status;
        if (!S_ISREG(status.st_mode)) return Descend::Yes;
        if (status.st_nlink > 1 && !counted.emplace(status.st_dev, status.st_ino).second) return Descend::Yes;
        size += static_cast<std::uint64_t>(status.st_size);
        return Descend::Yes;
    });
    return size;
}

}  // namespace skiff::storage
