#pragma once
/// --mount type=volume,volume-opt=NAME=VALUE: options for the driver, should the volume have to be made. From the command line to there they
/// travel among the mount's own; a stored configuration has none. Source: podman-run(1), --mount.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libpod/config_types.h"
#include "util/text.h"

namespace skiff::libpod {

inline constexpr std::string_view kVolumeOptionPrefix = "volume-opt=";

/// Takes them out of `mount`.
inline std::vector<std::pair<std::string, std::string>> take_volume_options(MountConfig& mount) {
    std::vector<std::pair<std::string, std::string>> taken;
    for (const auto& word : mount.options) {
        if (!word.starts_with(kVolumeOptionPrefix)) continue;
        const std::string option = word.substr(kVolumeOptionPrefix.size());
        taken.push_back(split_once(option, '=').value_or(std::pair{option, std::string{}}));
    }
    std::erase_if(mount.options, [](const auto& word) { return word.starts_with(kVolumeOptionPrefix); });
    return taken;
}

}  // namespace skiff::libpod
