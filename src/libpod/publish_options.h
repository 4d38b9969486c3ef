#pragma once
/// -p, --expose and -P of one container, parsed.

#include <string>
#include <vector>

#include "network/port_mapping.h"

namespace skiff::libpod {

struct PublishOptions {
    std::vector<network::PortMapping> ports;    ///< -p; a host port of 0 is chosen when the container is created
    std::vector<network::PortMapping> exposed;  ///< --expose; no host ports
    bool all = false;                           ///< -P: what is exposed, here or by the image, is published too
};

/// The ports of a new container: -p, and with -P what is `exposed` ("80/tcp") and not among them.
std::vector<network::PortMapping> ports_of(const PublishOptions& options, const std::vector<std::string>& exposed);
/// What the image and --expose name, as "80/tcp", sorted.
std::vector<std::string> exposed_by(const PublishOptions& options, std::vector<std::string> image);

}  // namespace skiff::libpod
