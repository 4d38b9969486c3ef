#pragma once
/// "TRANSPORT:WHERE": how users name images that are not in the store. Source: containers-transports(5).

#include <optional>
#include <string>
#include <string_view>

namespace skiff::image {

enum class Transport { DockerArchive, OciArchive, Oci, Dir, Docker, ContainersStorage };

struct Location {
    Transport transport = Transport::Docker;
    std::string path;       ///< of the archive or directory; for Docker and ContainersStorage the reference
    std::string reference;  ///< what follows the path; for ContainersStorage the store: "DRIVER@ROOT+RUNROOT"; empty: none
};

/// nullopt when `text` names no transport, so it is an image's name. Throws Error{Invalid} for an empty path, and
/// Error{Unsupported} for transports that this program does not have.
std::optional<Location> parse_location(std::string_view text);

}  // namespace skiff::image
