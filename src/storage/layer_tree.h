#pragma once
/// The directory a layer is unpacked into: finds and makes parents, keeps recent ones open, and puts back their
/// modification times, which every new child changes. Internal to src/storage.

#include <sys/types.h>

#include <ctime>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/implied_directories.h"
#include "util/fd.h"

namespace skiff::storage {

struct LayerDirectory {
    UniqueFd fd;
    ino_t inode = 0;
    timespec mtime{};  ///< what it shall have in the end
};
using LayerDirectoryPtr = std::shared_ptr<LayerDirectory>;

class LayerTree {
public:
    /// Borrows `root`.
    explicit LayerTree(int root);

    /// Directory `path` (clean; empty is the root); links in it are followed inside the root, as a chrooted tar would.
    /// Missing ones are made. Throws Error{Corrupt} when something else is in the way.
    LayerDirectoryPtr make(const std::string& path);
    /// The same without making any; nullptr when it is not there.
    LayerDirectoryPtr find(const std::string& path);
    /// Forgets which path leads where: a directory or a link that may lie on one was removed or replaced.
    void forget_paths() { by_path_.clear(); }
    /// The layer says itself what this directory is like.
    void described(const LayerDirectory& directory) { implied_.erase(directory.inode); }
    /// Puts the remaining times in place. Returns the directories that the layer does not mention, the root among them.
    std::vector<ImpliedDirectory> finish();

private:
    struct Known {
        std::string path;
        LayerDirectoryPtr directory;
    };

    LayerDirectoryPtr recall(const std::string& path);
    LayerDirectoryPtr open(const std::string& path);
    LayerDirectoryPtr remember(const std::string& path, UniqueFd fd);
    LayerDirectoryPtr walk(const std::string& path);
    void make_missing(const LayerDirectory& parent, const std::string& name, const std::string& path);
    void replace_whiteout(const LayerDirectory& parent, const std::string& name);
    void restore_time(const LayerDirectory& directory) const;
    void evict_oldest();

    int root_;
    std::unordered_map<ino_t, std::string> implied_;
    std::list<Known> recent_;  ///< most recent first
    std::unordered_map<std::string, std::list<Known>::iterator> by_path_;
    std::unordered_map<ino_t, std::weak_ptr<LayerDirectory>> by_inode_;
};

/// True for overlayfs's whiteout, a character device 0/0.
bool is_whiteout(mode_t mode, dev_t device);

}  // namespace skiff::storage
