#pragma once
/// One container as `ps` shows it: the members of `--format json`, and the placeholders that are not members.
/// Source: podman-ps(1), --format.

#include <map>
#include <string>

#include "cli/format/listing.h"
#include "libpod/container_row.h"
#include "libpod/networks.h"

namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

struct PsShown {
    bool in_full = false;  ///< --no-trunc
    bool namespaces = false;
    bool pods = false;
    bool sizes = false;
    libpod::NetworkNames networks;
    std::map<std::string, std::string> health;  ///< status by container ID
};

OrderedJson ps_row(const libpod::Runtime& runtime, const libpod::ContainerRow& row, const PsShown& shown);
Headers ps_headers();
Methods ps_methods(const PsShown& shown);

/// "Up 3 minutes", "Exited (137) 2 hours ago", "Created".
std::string ps_status(const libpod::ContainerState& state, UnixNanos now);

}  // namespace skiff::cli
