#pragma once
/// What the user said himself of what could also come from the image or a default. Plain data, stored with the configuration.

namespace skiff::libpod {

struct Asked {
    bool work_dir = false;     ///< --workdir, in podman's words: the directory must exist. Source: podman-run(1), --workdir
    bool publish_all = false;  ///< -P
    bool operator==(const Asked&) const = default;
};

}  // namespace skiff::libpod
