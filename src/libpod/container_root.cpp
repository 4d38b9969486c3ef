#include "libpod/container_root.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <set>

#include "libpod/host_mount.h"
#include "libpod/lifecycle.h"
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

namespace {

/// Compares an upper directory with the image below it, name by name.
class ChangeFinder {
public:
    ChangeFinder(int upper, int lower, std::set<std::string> left_out)
        : upper_{upper}, lower_{lower}, left_out_{std::move(left_out)} {}

    std::vector<Change> find() {
        walk(upper_, "", /*hidden_below=*/false);
        std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) { return a.path < b.path; });
        return std::move(changes_);
    }

private:
    /// The image's entry at `path`, links not followed.
    bool in_image(const std::string& path, struct stat& status) const {
        if (lower_ < 0) return false;
        const auto slash = path.rfind('/');
        const UniqueFd parent = open_in_root_if_exists(lower_, slash == 0 ? "/" : path.substr(0, slash), O_PATH | O_DIRECTORY);
        return parent && ::fstatat(parent.get(), path.c_str() + slash + 1, &status, AT_SYMLINK_NOFOLLOW) == 0;
    }

    static bool is_opaque(int dir) {
        char value = 0;
        return ::fgetxattr(dir, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
    }

    void add(ChangeKind kind, const std::string& path) { changes_.push_back({kind, path}); }

    /// What the image has in a directory that the container made anew.
    void add_hidden(int upper_dir, const std::string& path) {
        const UniqueFd below = open_in_root_if_exists(lower_, path, O_RDONLY | O_DIRECTORY);
        if (!below) return;
        for (const auto& name : list_directory(below.get())) {
            struct stat status {};
            if (::fstatat(upper_dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) add(ChangeKind::Deleted, path + "/" + name);
        }
    }

    void walk(int dir, const std::string& path, bool hidden_below) {
        for (const auto& name : list_directory(dir)) visit(dir, name, path + "/" + name, hidden_below);
    }

    void visit(int dir, const std::string& name, const std::string& path, bool hidden_below) {
        if (left_out_.contains(path)) return;
        struct stat upper {};
        struct stat lower {};
        if (::fstatat(dir, name.c_str(), &upper, AT_SYMLINK_NOFOLLOW) != 0) return;
        const bool known = in_image(path, lower);
        if (S_ISCHR(upper.st_mode) && upper.st_rdev == 0) {
            if (known) add(ChangeKind::Deleted, path);
            return;
        }
        if (!S_ISDIR(upper.st_mode)) return add(known ? ChangeKind::Modified : ChangeKind::Added, path);
        visit_directory(dir, name, path, known ? std::optional{lower} : std::nullopt, hidden_below);
    }

    void visit_directory(int dir, const std::string& name, const std::string& path, const std::optional<struct stat>& lower, bool hidden_below) {
        const UniqueFd inside = open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        const std::size_t before = changes_.size();
        const bool opaque = is_opaque(inside.get());
        if (lower && S_ISDIR(lower->st_mode) && opaque && !hidden_below) add_hidden(inside.get(), path);
        walk(inside.get(), path, hidden_below || opaque);
        // A directory that exists only as the parent of a mount point is no change.
        const bool only_for_mounts = changes_.size() == before && leads_to_left_out(path);
        if (!only_for_mounts) add(lower ? ChangeKind::Modified : ChangeKind::Added, path);
    }

    bool leads_to_left_out(const std::string& path) const {
        const auto next = left_out_.lower_bound(path + "/");
        return next != left_out_.end() && next->starts_with(path + "/");
    }

    int upper_;
    int lower_;
    std::set<std::string> left_out_;
    std::vector<Change> changes_;
};

std::set<std::string> engine_made(const ContainerConfig& config) {
    std::set<std::string> paths{"/dev",       "/proc",        "/sys",          "/run/.containerenv", "/etc/hosts",
                                "/etc/hostname", "/etc/resolv.conf", "/run/skiff-init", "/run/secrets",   "/etc/mtab"};
    for (const auto& mount : config.mounts) paths.insert(mount.destination);
    return paths;
}

}  // namespace

std::vector<Change> container_changes(const Container& container) {
    const auto& config = container.config();
    auto spec = container_overlay(container.runtime(), config);
    if (!spec) {
        throw Error{ErrorKind::Unsupported, concat("container ", quote(container.name()), " runs on the directory ", quote(config.rootfs),
                                                   " itself: there is nothing to compare it with")};
    }
    const UniqueFd upper = open_directory(spec->upper);
    spec->upper.clear();
    spec->work.clear();
    // One directory is what it is; two at least make an overlay.
    const UniqueFd lower = spec->lower.size() == 1 ? open_directory(spec->lower.front().path) : storage::mount_overlay(*spec);
    return ChangeFinder{upper.get(), lower.get(), engine_made(config)}.find();
}

void export_container(Container& container, const std::function<void(std::string_view)>& sink) {
    const ContainerRoot root{container};
    storage::TarTreeOptions options;
    options.one_file_system = true;
    storage::write_tree_tar(root.fd(), sink, options);
}

}  // namespace skiff::libpod
