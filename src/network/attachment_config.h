#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "network/ip.h"

namespace skiff::network {

/// What --network NAME:… asked for.
struct AttachmentConfig {
    std::vector<std::string> aliases;
    std::optional<IpAddress> ip, ip6;     ///< static addresses
    std::optional<MacAddress> mac;
    std::string interface_name;           ///< empty: eth<slot>
    bool operator==(const AttachmentConfig&) const = default;
};

}  // namespace skiff::network
