#pragma once
/// `commit`: an image of what a container changed in its file system and of how it was configured.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "image/commit.h"
#include "libpod/container.h"

namespace skiff::libpod {

struct CommitOptions {
    std::string name;                  ///< of the image; empty: none
    std::vector<std::string> changes;  ///< see image/config_change.h
    std::string config_json;           ///< a document whose values replace the container's; empty: none
    std::string config_name;           ///< where it came from, for errors
    std::string author;
    std::string message;               ///< Docker's format only
    image::DocumentFormat format = image::DocumentFormat::Oci;
    bool include_volumes = false;      ///< what is mounted becomes volumes of the image
    bool pause = false;                ///< a running container, for as long as its files are read
    bool squash = false;               ///< one layer with all, rather than one more
};

/// Holds the operation lock: the container can neither start nor go meanwhile; what runs in it runs on unless paused. An
/// interrupted commit leaves nothing, and a container that a dead one paused is resumed by the next command. Gives back
/// the image's ID. Throws Error{Invalid} before anything is done, Error{Unsupported} for a container on a directory of the host.
std::string commit_container(Container& container, const CommitOptions& options, const std::function<void(std::string_view)>& report);

}  // namespace skiff::libpod
