#pragma once
/// What listings and filters ask of a container's configuration: read for each of a thousand containers, so it leaves the
/// rest of the stored text alone. See ContainerConfig for what the members mean; the stored names are the same.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libpod/config_types.h"
#include "network/port_mapping.h"

namespace skiff::libpod {

struct ListedConfig {
    std::string image_id, image_name, rootfs;
    std::vector<std::string> entrypoint, command;
    std::map<std::string, std::string> labels;
    std::string cid_file;
    Namespaces namespaces;
    std::vector<MountConfig> mounts;
    std::vector<std::string> requires_containers;
    std::vector<network::PortMapping> ports;
    std::vector<std::string> exposed_ports;
    RestartPolicy restart;
    bool remove = false;

    /// As argv_of().
    std::vector<std::string> argv() const;
};

/// From the stored text, as read_config().
ListedConfig read_listed_config(std::string_view text);

}  // namespace skiff::libpod
