#pragma once
/// One --secret of a container.

#include <cstdint>
#include <string>

namespace skiff::libpod {

struct SecretConfig {
    std::string id;             ///< in options still empty
    std::string name;           ///< as it was given
    bool env = false;           ///< a variable instead of a file
    std::string target;         ///< the variable, or the file: a path below /run/secrets unless it is absolute
    std::uint32_t uid = 0, gid = 0;  ///< of the file, inside the container
    std::uint32_t mode = 0444;
    bool operator==(const SecretConfig&) const = default;
};

}  // namespace skiff::libpod
