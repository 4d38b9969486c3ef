#include "storage/layer_tree.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <deque>

#include "storage/layer_path.h"
#include "storage/xattr.h"
#include "util/error.h"
#include "util/files.h"
#include "util/path_lookup.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

constexpr std::size_t kMostOpen = 128;
constexpr int kMostLinks = 40;  // as the kernel, path_resolution(7)

[[noreturn]] void not_a_directory(const std::string& path) {
    throw Error{ErrorKind::Corrupt, concat("its parent ", quote(path), " is not a directory")};
}

std::string read_link(int dir, const std::string& name) {
    auto target = read_link_at(dir, name);
    if (!target) throw SystemError{errno, concat("reading link ", quote(name))};
    return std::move(*target);
}

void copy_metadata(int from, int to) {
    struct stat status {};
    if (::fstat(from, &status) != 0) throw SystemError{errno, "reading a lower directory"};
    if (::fchown(to, status.st_uid, status.st_gid) != 0 || ::fchmod(to, status.st_mode & 07777U) != 0) {
        throw SystemError{errno, "setting the owner of a directory"};
    }
    set_xattrs(to, get_xattrs(from));
    const std::array<timespec, 2> times{status.st_mtim, status.st_mtim};
    if (::futimens(to, times.data()) != 0) throw SystemError{errno, "setting the time of a directory"};
}

/// Nothing when a later entry has put something else there.
UniqueFd open_implied(int target, const std::string& path, ino_t inode) {
    constexpr std::uint64_t kResolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    UniqueFd fd{open_resolved(target, path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY, 0, kResolve)};
    struct stat status {};
    const bool same = fd && ::fstat(fd.get(), &status) == 0 && status.st_ino == inode;
    return same ? std::move(fd) : UniqueFd{};
}

}  // namespace

bool is_whiteout(mode_t mode, dev_t device) { return S_ISCHR(mode) && device == ::makedev(0, 0); }

LayerTree::LayerTree(int root) : root_{root} {
    struct stat status {};
    if (::fstat(root, &status) != 0) throw SystemError{errno, "reading a layer's directory"};
    implied_[status.st_ino] = "";
}

void inherit_metadata(int target, const std::vector<ImpliedDirectory>& implied, const std::function<UniqueFd(const std::string&)>& open_in_lower) {
    for (const auto& [path, inode] : implied) {
        const auto own = open_implied(target, path, inode);
        if (!own) continue;
        if (const UniqueFd lower = open_in_lower(path)) copy_metadata(lower.get(), own.get());
    }
}

LayerDirectoryPtr LayerTree::make(const std::string& path) {
    if (auto known = recall(path)) return known;
    if (auto found = open(path)) return found;
    return walk(path);
}

LayerDirectoryPtr LayerTree::find(const std::string& path) {
    if (auto known = recall(path)) return known;
    return open(path);
}

LayerDirectoryPtr LayerTree::recall(const std::string& path) {
    const auto found = by_path_.find(path);
    if (found == by_path_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->directory;
}

/// nullptr when a component is missing or no directory.
LayerDirectoryPtr LayerTree::open(const std::string& path) {
    constexpr std::uint64_t kResolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    UniqueFd fd{open_resolved(root_, path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY, 0, kResolve)};
    if (fd) return remember(path, std::move(fd));
    if (errno == ENOENT || errno == ENOTDIR) return nullptr;
    if (errno == ELOOP) throw Error{ErrorKind::Corrupt, concat("its parent ", quote(path), " is a loop of links")};
    throw SystemError{errno, concat("opening directory ", quote(path))};
}

LayerDirectoryPtr LayerTree::remember(const std::string& path, UniqueFd fd) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) throw SystemError{errno, concat("reading directory ", quote(path))};
    auto directory = by_inode_[status.st_ino].lock();  // the same one by another name keeps one time
    if (!directory) {
        directory = std::make_shared<LayerDirectory>();
        directory->fd = std::move(fd);
        directory->inode = status.st_ino;
        directory->mtime = status.st_mtim;
        by_inode_[status.st_ino] = directory;
    }
    recent_.push_front({path, directory});
    by_path_[path] = recent_.begin();
    if (recent_.size() > kMostOpen) evict_oldest();
    return directory;
}

void LayerTree::restore_time(const LayerDirectory& directory) const {
    const std::array<timespec, 2> times{directory.mtime, directory.mtime};
    if (::futimens(directory.fd.get(), times.data()) != 0) throw SystemError{errno, "setting the time of a directory"};
}

void LayerTree::evict_oldest() {
    const auto known = by_path_.find(recent_.back().path);
    if (known != by_path_.end() && known->second == std::prev(recent_.end())) by_path_.erase(known);
    const auto oldest = std::move(recent_.back());
    recent_.pop_back();
    restore_time(*oldest.directory);
    if (oldest.directory.use_count() == 1) by_inode_.erase(oldest.directory->inode);
}

std::vector<ImpliedDirectory> LayerTree::finish() {
    while (!recent_.empty()) evict_oldest();
    std::vector<ImpliedDirectory> implied;
    for (const auto& [inode, path] : implied_) implied.push_back({path, inode});
    return implied;
}

/// Component by component, links spliced in, missing directories made: for what openat2 does not find in one step.
LayerDirectoryPtr LayerTree::walk(const std::string& path) {
    const auto components = path_components(path);
    std::deque<std::string> left{components.begin(), components.end()};
    std::vector<std::string> real;  // directories, not links
    int links = 0;
    while (!left.empty()) {
        const std::string name = std::move(left.front());
        left.pop_front();
        if (name == ".") continue;
        if (name == "..") {
            if (!real.empty()) real.pop_back();  // ".." of the root is the root
            continue;
        }
        const auto parent = find(join(real, "/"));
        if (!parent) not_a_directory(join(real, "/"));
        real.push_back(name);
        struct stat status {};
        if (::fstatat(parent->fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno != ENOENT) throw SystemError{errno, concat("looking up ", quote(name))};
            make_missing(*parent, name, join(real, "/"));
        } else if (is_whiteout(status.st_mode, status.st_rdev)) {
            replace_whiteout(*parent, name);
        } else if (S_ISLNK(status.st_mode)) {
            if (++links > kMostLinks) throw Error{ErrorKind::Corrupt, concat("its parent ", quote(path), " is a loop of links")};
            const auto target = read_link(parent->fd.get(), name);
            real.pop_back();
            if (target.starts_with('/')) real.clear();
            const auto spliced = path_components(target);
            left.insert(left.begin(), spliced.begin(), spliced.end());
        } else if (!S_ISDIR(status.st_mode)) {
            not_a_directory(join(real, "/"));
        }
    }
    auto made = find(join(real, "/"));
    if (!made) not_a_directory(path);
    return made;
}

void LayerTree::make_missing(const LayerDirectory& parent, const std::string& name, const std::string& path) {
    const UniqueFd made = make_directory_at(parent.fd.get(), name, 0755);
    if (::fchown(made.get(), 0, 0) != 0) throw SystemError{errno, concat("setting the owner of ", quote(path))};
    struct stat status {};
    if (::fstat(made.get(), &status) != 0) throw SystemError{errno, concat("reading directory ", quote(path))};
    implied_[status.st_ino] = path;
}

/// The layer hides NAME and has a directory of that name: nothing of the lower one shows through.
void LayerTree::replace_whiteout(const LayerDirectory& parent, const std::string& name) {
    if (::unlinkat(parent.fd.get(), name.c_str(), 0) != 0) throw SystemError{errno, concat("replacing ", quote(name))};
    const UniqueFd made = make_directory_at(parent.fd.get(), name, 0755);
    if (::fchown(made.get(), 0, 0) != 0) throw SystemError{errno, concat("setting the owner of ", quote(name))};
    set_opaque(made.get());
}

}  // namespace skiff::storage
