#pragma once
/// `container clone`: a new container with the configuration of another, which may have another image and other limits.

#include <optional>
#include <string>
#include <vector>

#include "libpod/container.h"
#include "libpod/parse/values.h"

namespace skiff::libpod {

struct CloneOptions {
    std::string name;         ///< empty: the original's with "-clone", and a number when that is taken
    std::string image;        ///< empty: the original's
    ResourceFlags resources;  ///< what is said replaces the original's limit
    bool destroy = false;     ///< the original goes once the new one exists
    bool force = false;       ///< also when it runs
};

/// ORIGINAL-clone, or with a number behind it when that is taken.
std::string free_clone_name(const Runtime& runtime, const std::string& original);

/// State Configured; no file of the original's writable layer, no cidfile, pidfile or log path is taken over. Throws
/// Error{WrongState} for an original that runs and is to go without force, before anything is made.
Container clone_container(Container& original, const CloneOptions& options);

}  // namespace skiff::libpod
