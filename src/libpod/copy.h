#pragma once
/// `cp`: files between a container and the host, two containers, or a tar stream.
///
/// Paths in a container are resolved below its root by descriptor (openat2(2), RESOLVE_IN_ROOT), and what was
/// resolved is used through that descriptor: links that move while it works cannot lead out. Links inside a copied tree are
/// copied, never followed; devices and FIFOs are copied as what they are, never opened. What leaves a container belongs to the
/// caller; a file that changes its owner loses setuid, setgid and capabilities.
/// Source of the rules for names: podman-cp(1), docker cp.

#include <functional>
#include <string>
#include <string_view>

#include "libpod/container.h"

namespace skiff::libpod {

/// One side: a path in a container, or on the host when `container` is null.
struct CopyPlace {
    Container* container = nullptr;
    std::string path;  ///< as given: a trailing "/" or "/." has a meaning
};

struct CopyOptions {
    bool own_by_container_user = true;  ///< -a: what enters a container belongs to its primary user, else to whom it did
    bool overwrite = false;             ///< a directory may replace a file and the other way round
};

/// Throws Error{NotFound} naming the side that is missing, Error{Invalid} where the names do not fit each other.
void copy_between(const CopyPlace& from, const CopyPlace& to, const CopyOptions& options);
/// `cp CONTAINER:PATH -`
void copy_to_tar(const CopyPlace& from, const std::function<void(std::string_view)>& sink);
/// `cp - CONTAINER:PATH`: PATH must be a directory. `tar_fd` may be compressed.
void copy_from_tar(int tar_fd, const CopyPlace& to, const CopyOptions& options);

}  // namespace skiff::libpod
