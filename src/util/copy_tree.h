#pragma once
/// Copies a directory's content, by descriptor, keeping owners, modes, times, extended attributes, links and devices.

namespace skiff {

/// Deeper nesting than this is an attack, not a directory: the tree functions recurse, with descriptors open.
inline constexpr int kMaxTreeDepth = 1000;

/// From below directory `source` into the existing directory `target`, which also gets the source's own owner and mode.
/// Never follows a link; sockets are left out; hard links within the tree stay links. Throws SystemError.
void copy_tree(int source, int target);

}  // namespace skiff
