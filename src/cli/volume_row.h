#pragma once
/// One volume as `volume ls` and `volume inspect` show it, and the filters of `volume ls` and `volume prune`.
/// Source: podman-volume-ls(1), podman-volume-inspect(1), podman-volume-prune(1).

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/format/value.h"
#include "libpod/volume/volume.h"

namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

/// The members that podman has, in its order.
OrderedJson volume_json(const libpod::Runtime& runtime, const libpod::VolumeRow& row);

class VolumeFilter {
public:
    /// KEY=VALUE each. Throws Error{Invalid} for a key or value that there is not.
    VolumeFilter(const libpod::Runtime& runtime, const std::vector<std::string>& filters);
    bool matches(const libpod::VolumeRow& row) const;
    /// all=true: `volume prune` takes named ones too.
    bool all() const noexcept { return all_; }

private:
    using Test = std::function<bool(const libpod::VolumeRow&)>;
    void add(const libpod::Runtime& runtime, const std::string& key, const std::string& value);
    std::map<std::string, std::vector<Test>> tests_;  ///< of one key one must hold; of labels all
    bool all_ = false;
};

}  // namespace skiff::cli
