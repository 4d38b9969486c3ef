#pragma once
/// The volumes of a container that is created.

#include <string>
#include <vector>

#include "libpod/container_config.h"
#include "libpod/create_options.h"

namespace skiff::libpod {

class Runtime;

/// --volumes-from: the other containers' directories, volumes and images, where the options have no mount of their own. Of two
/// containers with the same destination the later one counts. Throws Error{NotFound}, {Invalid} for a wrong option.
void add_volumes_from(const Runtime& runtime, CreateOptions& options);

/// Named volumes that do not exist are made; anonymous ones get names. Gives back the names of those that were made, for
/// remove_new_volumes() when no container comes of it.
std::vector<std::string> provide_volumes(Runtime& runtime, ContainerConfig& config);
void remove_new_volumes(Runtime& runtime, const std::vector<std::string>& names) noexcept;

/// Within the transaction that inserts the container: anonymous volumes, and what the container uses. Throws Error{NotFound}
/// for a volume or image that was removed meanwhile.
void record_mounts(const Runtime& runtime, const ContainerConfig& config);
/// After it: their directories.
void make_anonymous_volumes(const Runtime& runtime, const ContainerConfig& config);

}  // namespace skiff::libpod
