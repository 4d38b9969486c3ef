#pragma once
/// `diff`: what differs between a container and its image, an image and the layers below its last, or any two of them.

#include <string>
#include <vector>

#include "image/image_store.h"
#include "libpod/container.h"

namespace skiff::libpod {

enum class ChangeKind { Modified, Added, Deleted };
struct Change {
    ChangeKind kind = ChangeKind::Modified;
    std::string path;  ///< absolute
};

/// What the container's writable layer changes against its image, sorted by path. Directories on the way to a change count
/// as modified. Whiteouts are deletions; an opaque directory deletes what it hides. Mount points and generated files that
/// the engine made are left out.
std::vector<Change> container_changes(const Container& container);

/// What the image's last layer changes against those below it, in the same way.
std::vector<Change> image_changes(const Runtime& runtime, const image::ImageRecord& image);

/// What turns the tree `older` into `newer`, sorted by path: type, permissions, owner, link target, device number, and of
/// files size and time of modification are compared. What the engine makes in every container is left out.
std::vector<Change> changes_between(int older, int newer);

}  // namespace skiff::libpod
