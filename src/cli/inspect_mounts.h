#pragma once
/// What `inspect` says of a container's mounts: the list "Mounts", and "Binds" and "Tmpfs" of "HostConfig".
/// Source: podman-inspect(1); the documents that podman prints.

#include "util/json.h"

namespace skiff::libpod {
class Container;
struct ContainerConfig;
}  // namespace skiff::libpod

namespace skiff::cli {

/// Bind mounts and volumes, the volumes first.
OrderedJson inspect_mounts(const libpod::Container& container);

/// "SOURCE:DESTINATION:OPTIONS", with the options that the engine adds.
OrderedJson inspect_binds(const libpod::ContainerConfig& config);

/// Destination to options.
OrderedJson inspect_tmpfs(const libpod::ContainerConfig& config);

}  // namespace skiff::cli
