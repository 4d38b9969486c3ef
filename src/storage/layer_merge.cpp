#include "storage/layer_merge.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <map>

#include "storage/layer_tree.h"
#include "storage/tree_walk.h"
#include "storage/xattr.h"
#include "util/error.h"
#include "util/files.h"
#include "util/path_lookup.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

void require(bool done, std::string_view what, const std::string& path) {
    if (!done) throw SystemError{errno, concat("merging layers: ", what, " ", quote(path))};
}

UniqueFd open_below(int root, const std::string& path) {
    return UniqueFd{open_resolved(root, path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)};
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

std::array<timespec, 2> times_of(const struct stat& status) { return {status.st_mtim, status.st_mtim}; }

/// Holes stay holes; where the file system shares blocks (FICLONE) nothing is copied at all.
void copy_content(int from, int to, const struct stat& status, const std::string& path) {
    if (::ioctl(to, FICLONE, from) == 0) return;
    require(::ftruncate(to, status.st_size) == 0, "sizing", path);
    std::vector<char> buffer(256U << 10);
    for (off_t at = ::lseek(from, 0, SEEK_DATA); at >= 0; at = ::lseek(from, at, SEEK_DATA)) {
        const off_t hole = ::lseek(from, at, SEEK_HOLE);
        while (at < hole) {
            const auto want = std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(hole - at));
            const ssize_t got = ::pread(from, buffer.data(), want, at);
            require(got > 0, "reading", path);
            require(::pwrite(to, buffer.data(), static_cast<std::size_t>(got), at) == got, "writing", path);
            at += got;
        }
    }
}

class Merger {
public:
    explicit Merger(int target) : target_{target} {}

    void add(int layer) {
        linked_.clear();
        parent_.reset();
        copy_directory_metadata(layer, target_, "");
        walk_tree(layer, [this](const TreeVisit& visit) {
            place(visit);
            return Descend::Yes;
        });
    }

    /// Last, as every new child changes its directory's time.
    void set_times(int layer) {
        const auto set = [this](const std::string& path, const struct stat& status) {
            const UniqueFd directory = open_below(target_, path);
            if (directory) require(::futimens(directory.get(), times_of(status).data()) == 0, "setting the time of", path);
        };
        walk_tree(layer, [&](const TreeVisit& visit) {
            if (S_ISDIR(visit.status.st_mode)) set(visit.path, visit.status);
            return Descend::Yes;
        });
        struct stat root {};
        require(::fstat(layer, &root) == 0, "reading", "/");
        set("", root);
    }

private:
    void place(const TreeVisit& visit) {
        const int parent = parent_directory(visit.path);
        const auto type = visit.status.st_mode & S_IFMT;
        if (type == S_IFDIR) return place_directory(visit, parent);
        remove_tree_at(parent, visit.name);
        if (type == S_IFSOCK) return;
        if (is_whiteout(visit.status.st_mode, visit.status.st_rdev)) return;
        if (visit.status.st_nlink > 1 && link_to_earlier(visit, parent)) return;
        if (type == S_IFREG) copy_file(visit, parent);
        else if (type == S_IFLNK) copy_symlink(visit, parent);
        else require(::mknodat(parent, visit.name.c_str(), visit.status.st_mode, visit.status.st_rdev) == 0, "making", visit.path);
        if (type != S_IFREG) copy_special_metadata(visit, parent);
        if (visit.status.st_nlink > 1) linked_.emplace(visit.status.st_ino, visit.path);
    }

    int parent_directory(const std::string& path) {
        auto wanted = parent_of(path);
        if (!parent_ || wanted != parent_path_) {
            parent_ = open_below(target_, wanted);
            require(static_cast<bool>(parent_), "opening", wanted);
            parent_path_ = std::move(wanted);
        }
        return parent_.get();
    }

    void place_directory(const TreeVisit& visit, int parent) {
        const UniqueFd source = open_at(visit.dir, visit.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        struct stat below {};
        const bool exists = ::fstatat(parent, visit.name.c_str(), &below, AT_SYMLINK_NOFOLLOW) == 0;
        if (exists && (!S_ISDIR(below.st_mode) || is_opaque(source.get()))) remove_tree_at(parent, visit.name);
        const UniqueFd made = make_directory_at(parent, visit.name, 0700);
        copy_directory_metadata(source.get(), made.get(), visit.path);
    }

    static void copy_directory_metadata(int source, int target, const std::string& path) {
        struct stat status {};
        require(::fstat(source, &status) == 0, "reading", path);
        require(::fchown(target, status.st_uid, status.st_gid) == 0, "setting the owner of", path);
        require(::fchmod(target, status.st_mode & 07777U) == 0, "setting the mode of", path);
        for (const auto& [name, value] : get_xattrs(target)) ::fremovexattr(target, name.c_str());  // the lower one's
        set_xattrs(target, get_xattrs(source));
    }

    bool link_to_earlier(const TreeVisit& visit, int parent) {
        const auto earlier = linked_.find(visit.status.st_ino);
        if (earlier == linked_.end()) return false;
        require(::linkat(target_, earlier->second.c_str(), parent, visit.name.c_str(), 0) == 0, "linking", visit.path);
        return true;
    }

    static void copy_file(const TreeVisit& visit, int parent) {
        const UniqueFd source = open_at(visit.dir, visit.name, O_RDONLY | O_NOFOLLOW);
        const UniqueFd target = open_at(parent, visit.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        copy_content(source.get(), target.get(), visit.status, visit.path);
        require(::fchown(target.get(), visit.status.st_uid, visit.status.st_gid) == 0, "setting the owner of", visit.path);
        require(::fchmod(target.get(), visit.status.st_mode & 07777U) == 0, "setting the mode of", visit.path);
        set_xattrs(target.get(), get_xattrs(source.get()));
        require(::futimens(target.get(), times_of(visit.status).data()) == 0, "setting the time of", visit.path);
    }

    static void copy_symlink(const TreeVisit& visit, int parent) {
        const auto link = read_link_at(visit.dir, visit.name);
        require(link.has_value(), "reading link", visit.path);
        require(::symlinkat(link->c_str(), parent, visit.name.c_str()) == 0, "making link", visit.path);
    }

    static void copy_special_metadata(const TreeVisit& visit, int parent) {
        const char* name = visit.name.c_str();
        const auto& status = visit.status;
        require(::fchownat(parent, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) == 0, "setting the owner of", visit.path);
        if (!S_ISLNK(status.st_mode)) require(::fchmodat(parent, name, status.st_mode & 07777U, 0) == 0, "setting the mode of", visit.path);
        require(::utimensat(parent, name, times_of(status).data(), AT_SYMLINK_NOFOLLOW) == 0, "setting the time of", visit.path);
    }

    int target_;
    UniqueFd parent_;
    std::string parent_path_;
    std::map<ino_t, std::string> linked_;  ///< of this layer, files with several names
};

}  // namespace

void merge_layers(const std::vector<std::filesystem::path>& layers, int target) {
    Merger merger{target};
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
        const UniqueFd fd = open_directory(*layer);
        merger.add(fd.get());
    }
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
        const UniqueFd fd = open_directory(*layer);
        merger.set_times(fd.get());
    }
}

}  // namespace skiff::storage
