#pragma once
/// Removing what nothing uses: shared by `container prune`, `image prune`, `volume prune`, `network prune` and `system prune`.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report.h"

namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

/// Called with the ID of what was removed.
using Removed = std::function<void(std::string_view id)>;

/// Containers that do not run and match the filters. Throws Error{Invalid} for a wrong filter; what fails for one container
/// goes to `failures`.
void prune_containers(libpod::Runtime& runtime, const std::vector<std::string>& filters, const Removed& removed, Failures& failures);

/// Images that no container uses and match the filters: those without a name, with `all` the others too.
void prune_images(libpod::Runtime& runtime, bool all, const std::vector<std::string>& filters, const Removed& removed, Failures& failures);

/// Volumes that no container uses and match the filters: anonymous ones, with `all` the others too.
void prune_volumes(libpod::Runtime& runtime, bool all, const std::vector<std::string>& filters, const Removed& removed, Failures& failures);

/// Networks that no container is on and match the filters (label, label!, until). `removed` gets the name.
void prune_networks(libpod::Runtime& runtime, const std::vector<std::string>& filters, const Removed& removed, Failures& failures);

}  // namespace skiff::cli
