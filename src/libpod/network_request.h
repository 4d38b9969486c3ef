#pragma once
/// One network that a container is to be on, as --network asks for it.

#include <string>

#include "network/attachment_config.h"

namespace skiff::libpod {

struct NetworkRequest {
    std::string network;  ///< name or ID as given; empty: the default network
    network::AttachmentConfig config;
    bool operator==(const NetworkRequest&) const = default;
};

}  // namespace skiff::libpod
