#include "libpod/container_root.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <set>

#include "libpod/host_mount.h"
#include "libpod/lifecycle.h"
#include "libpod/mapped_root.h"
#include "storage/container_storage.h"
#include "storage/layer_store.h"
#include "storage/tar_tree.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

UniqueFd mount_stopped(const Container& container) {
    const auto& runtime = container.runtime();
    // The kernel lets one overlay use an upper directory: `mount` has it already.
    if (is_host_mounted(runtime, container.id())) return open_directory(host_mount_path(runtime, container.id()));
    const auto overlay = container_overlay(runtime, container.config());
    return overlay ? storage::mount_overlay(*overlay) : open_directory(container.config().rootfs);
}

/// Also before the start: an init that waits has the overlay mounted, and its root already.
bool has_root(const ContainerState& state) { return is_alive(state.init); }

}  // namespace

std::optional<storage::OverlaySpec> container_overlay(const Runtime& runtime, const ContainerConfig& config) {
    auto& stores = runtime.container_storage();
    if (config.rootfs_overlay) return stores.overlay_spec_over(config.id, config.rootfs);
    if (!config.rootfs.empty()) return std::nullopt;
    return stores.overlay_spec(config.id, config.top_layer.empty() ? std::nullopt : std::optional{Digest::parse(config.top_layer)});
}

UniqueFd open_image_root(const Runtime& runtime, const Digest& top_layer) {
    storage::OverlaySpec overlay;
    overlay.lower = runtime.layers().lower_dirs(top_layer);
    overlay.link_directory = runtime.layers().link_directory();
    overlay.read_only = true;
    // One directory is what it is; two at least make an overlay.
    return overlay.lower.size() == 1 ? open_directory(overlay.lower.front().path) : storage::mount_overlay(overlay);
}

UniqueFd mount_for_reading(const Runtime& runtime, const ContainerConfig& config) {
    auto overlay = container_overlay(runtime, config);
    if (!overlay) return open_directory(config.rootfs);
    if (overlay->lower.size() == storage::kMaxLowerDirs) {  // the writable layer becomes one more
        const auto merged = runtime.layers().flatten(Digest::parse(config.top_layer));
        overlay->lower = {{runtime.layers().diff_path(merged.layer), merged.layer.link}};
    }
    overlay->lower.insert(overlay->lower.begin(), {overlay->upper, {}});
    overlay->upper.clear();
    overlay->work.clear();
    overlay->read_only = true;
    return storage::mount_overlay(*overlay);
}

ContainerRoot::ContainerRoot(Container& container) {
    container.refresh();
    if (!has_root(container.state())) {
        auto locked = lock_container(container.runtime(), container.id(), std::chrono::seconds{60});
        settle_locked(container.runtime(), locked.row, "found by another command");
        if (!has_root(locked.row.state)) {
            lock_ = std::move(locked.lock);
            root_ = mount_stopped(container);
            return;
        }
        container.refresh();
    }
    root_ = container.open_running_root();
}

void export_container(Container& container, const std::function<void(std::string_view)>& sink) {
    storage::TarTreeOptions options;
    options.one_file_system = true;
    const ContainerConfig config = container.config();
    if (shows_mapped_ids(config)) {  // seen from here, a running one has the host's IDs
        storage::write_tree_tar(mount_for_reading(container.runtime(), config).get(), sink, options);
        return;
    }
    const ContainerRoot root{container};
    storage::write_tree_tar(root.fd(), sink, options);
}

}  // namespace skiff::libpod
