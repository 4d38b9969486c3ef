#pragma once
/// Walks a directory tree with a bounded number of descriptors, however deep it is, and never follows a link. The
/// tree may change meanwhile (a running container's): what moves away is left out, and nothing outside is read.

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>

namespace skiff::storage {

struct TreeVisit {
    int dir;                    ///< the directory that holds it
    const std::string& name;
    const std::string& path;    ///< below the root, "usr/lib/x"
    const struct stat& status;  ///< of itself, links not followed
};
enum class Descend { Yes, No };

/// Calls `visit` for everything below `root`, a directory before its content; the answer counts for directories.
void walk_tree(int root, const std::function<Descend(const TreeVisit&)>& visit);

/// Bytes of the regular files below `root`, hard links once.
std::uint64_t tree_size(int root);

}  // namespace skiff::storage
