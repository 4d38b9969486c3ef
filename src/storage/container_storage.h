#pragma once
/// The writable layer of a container: ROOT/containers/<id>/{upper,work}. The directory is also libpod's place for
/// what belongs to the container and outlives a reboot.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/layer_store.h"
#include "storage/overlay.h"
#include "util/digest.h"
#include "util/error.h"

namespace skiff::storage {

class ContainerStorage {
public:
    /// `layers` outlives this.
    ContainerStorage(fs::path root, const LayerStore& layers) : root_{std::move(root)}, layers_{&layers} {}

    /// ROOT/containers/<id> (0700) with an empty upper directory that has the mode, owner and extended attributes of
    /// the image's root (of `top_layer`; 0755 root without one), and work. Idempotent: finishes what a crash left.
    void create(const std::string& id, const std::optional<Digest>& top_layer) const;
    /// Everything below ROOT/containers/<id>. Idempotent; absence is fine.
    void remove(const std::string& id) const;
    /// The same for several, by way of one staging directory. What failed, in the order of `ids`; nullopt: gone.
    std::vector<std::optional<Error>> remove_all(std::span<const std::string> ids) const;
    bool exists(const std::string& id) const;

    /// The overlay of `top_layer` (none: an empty lower directory) under this container's upper directory.
    OverlaySpec overlay_spec(const std::string& id, const std::optional<Digest>& top_layer) const;
    /// The overlay of a directory on the host (`--rootfs DIR:O`) under this container's upper directory.
    OverlaySpec overlay_spec_over(const std::string& id, const fs::path& rootfs) const;
    /// The image alone, read-only, for `image mount`.
    OverlaySpec image_spec(const Digest& top_layer) const;

    /// Bytes of regular files in upper, hard links counted once.
    std::uint64_t diff_size(const std::string& id) const;
    fs::path directory(const std::string& id) const { return root_ / "containers" / id; }

private:
    fs::path root_;
    const LayerStore* layers_;
};

}  // namespace skiff::storage
