#pragma once
/// The request from which podman's API would create a container like this one. Source: podman's API documentation,
/// POST /libpod/containers/create (SpecGenerator).

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <utility>
#include <vector>

#include "libpod/container_config.h"
#include "network/attachment_config.h"

namespace skiff::libpod {

/// Networks by name, in order.
using Memberships = std::vector<std::pair<std::string, network::AttachmentConfig>>;

/// What the configuration leaves at its default is left out, but for the namespaces. The name is the configuration's.
nlohmann::ordered_json spec_generator(const ContainerConfig& config, const Memberships& networks = {});

}  // namespace skiff::libpod
