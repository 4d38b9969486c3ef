#include "libpod/mount_sources.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "image/image_store.h"
#include "libpod/runtime.h"
#include "storage/container_storage.h"
#include "util/chown_tree.h"
#include "util/copy_metadata.h"
#include "util/error.h"
#include "util/files.h"
#include "util/sha256.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

bool has_word(const MountConfig& mount, std::string_view word) {
    return std::find(mount.options.begin(), mount.options.end(), word) != mount.options.end();
}

bool needs_source(const MountConfig& mount) {
    switch (mount.kind) {
        case MountKind::Volume:
        case MountKind::Image: return true;
        case MountKind::Bind: return mount.overlay || mount.chown || !mount.subpath.empty();
        case MountKind::Tmpfs:
        case MountKind::Devpts:
        case MountKind::Ramfs:
        case MountKind::Mqueue: return false;
    }
    return false;
}

bool names_directory(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw SystemError{errno, "looking at a mount source"};
    return S_ISDIR(status.st_mode);
}

/// The sources of one container, one after the other.
class SourceMaker {
public:
    SourceMaker(const ContainerConfig& config, const MountPlan& plan, const fs::path& run_dir, const MountOwner& owner)
        : config_{config}, plan_{plan}, base_{run_dir / "sources"}, owner_{owner} {}

    std::map<std::string, fs::path> run() {
        for (const auto& fill : plan_.fills) fill_volume(fill, owner_.rootfs, owner_.uid, owner_.gid);
        std::map<std::string, fs::path> sources;
        for (const auto& mount : config_.mounts) {
            if (!needs_source(mount)) continue;
            sources[mount.destination] = in_context(concat("mounting on ", quote(mount.destination)), [&] { return make(mount); });
        }
        return sources;
    }

private:
    fs::path make(const MountConfig& mount) {
        fs::path path = mount.kind == MountKind::Image ? image(mount) : directory_of(mount);
        if (!mount.subpath.empty()) path = part_of(path, mount.subpath);
        if (mount.overlay) path = overlay_over(path, mount);
        if (mount.chown) chown_tree(open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK).get(), owner_.uid, owner_.gid);
        return path;
    }

    fs::path directory_of(const MountConfig& mount) const {
        if (mount.kind == MountKind::Bind) return mount.source;
        // Containers of schema 1 had the image's volumes among their own files.
        if (mount.source.empty()) return make_old_volume(mount);
        return plan_.volumes.at(mount.source);
    }
    fs::path make_old_volume(const MountConfig& mount) const {
        const fs::path path = plan_.container_dir / "volumes" / sha256_hex(mount.destination).substr(0, 16);
        make_directory(path, 0755).reset();
        return path;
    }

    /// A new place to mount on.
    fs::path place(bool directory = true) {
        const UniqueFd base = make_directory(base_, 0711);
        const std::string name = std::to_string(count_++);
        if (directory) make_directory_at(base.get(), name, 0755).reset();
        else open_at(base.get(), name, O_WRONLY | O_CREAT, 0600).reset();
        return base_ / name;
    }

    fs::path image(const MountConfig& mount) {
        auto spec = plan_.images.at(mount.destination);
        if (has_word(mount, "rw")) give_layer(spec, mount);
        const fs::path target = place();
        storage::mount_overlay_at(spec, target);
        return target;
    }

    fs::path overlay_over(const fs::path& lower, const MountConfig& mount) {
        if (!names_directory(open_at(AT_FDCWD, lower, O_PATH).get())) throw Error{ErrorKind::Invalid, concat("option O: ", quote(lower.native()), " is not a directory")};
        storage::OverlaySpec spec;
        spec.lower.push_back({lower, {}});
        give_layer(spec, mount);
        const fs::path target = place();
        storage::mount_overlay_at(spec, target);
        return target;
    }

    /// The user's own directories, or new ones: what was written goes with the run.
    void give_layer(storage::OverlaySpec& spec, const MountConfig& mount) const {
        spec.read_only = false;
        if (!mount.upper_dir.empty()) {
            spec.upper = mount.upper_dir;
            spec.work = mount.work_dir;
            return;
        }
        const UniqueFd overlays = make_directory(plan_.container_dir / "overlays", 0700);
        const std::string name = sha256_hex(mount.destination).substr(0, 16);
        remove_tree_at(overlays.get(), name);
        const UniqueFd made = make_directory_at(overlays.get(), name, 0700);
        const UniqueFd upper = make_directory_at(made.get(), "upper", 0755);
        make_directory_at(made.get(), "work", 0700).reset();
        copy_root(spec.lower.front().path, upper.get());
        spec.upper = plan_.container_dir / "overlays" / name / "upper";
        spec.work = plan_.container_dir / "overlays" / name / "work";
    }
    /// The merged root directory shows the upper's own mode and owner.
    static void copy_root(const fs::path& lower, int upper) {
        const UniqueFd source = open_directory(lower);
        struct stat status {};
        if (::fstat(source.get(), &status) != 0) throw SystemError{errno, concat("reading ", quote(lower.native()))};
        copy_metadata(source.get(), upper, status, lower.native());
    }

    /// Links in a volume or image lead nowhere else than into it.
    fs::path part_of(const fs::path& whole, const std::string& subpath) {
        const UniqueFd root = open_directory(whole);
        const UniqueFd part = open_in_root_if_exists(root.get(), subpath, O_PATH);
        if (!part) throw Error{ErrorKind::NotFound, concat("subpath ", quote(subpath), " does not exist"), "make it first"};
        const fs::path target = place(names_directory(part.get()));
        const UniqueFd tree{::open_tree(part.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)};
        if (!tree) throw SystemError{errno, concat("mounting subpath ", quote(subpath))};
        storage::attach_mount(tree.get(), target);
        return target;
    }

    const ContainerConfig& config_;
    const MountPlan& plan_;
    fs::path base_;
    MountOwner owner_;
    int count_ = 0;
};

}  // namespace

MountPlan mount_plan(const Runtime& runtime, const ContainerConfig& config, const StartVolumes& volumes) {
    MountPlan plan{volumes.paths(), volumes.fills(), {}, runtime.container_dir(config.id)};
    const bool has_images = std::any_of(config.mounts.begin(), config.mounts.end(), [](const auto& mount) { return mount.kind == MountKind::Image; });
    if (!has_images) return plan;
    auto query = runtime.db().prepare("SELECT destination, image_id FROM image_mount WHERE container_id = ?");
    query.bind(config.id);
    while (query.step()) {
        const auto image = runtime.images().get(query.text(1));
        if (!image.top_layer) throw Error{ErrorKind::WrongState, concat("mounting image ", query.text(1).substr(0, 12), " on ", quote(query.text(0)), ": it has no layers")};
        plan.images[query.text(0)] = runtime.container_storage().image_spec(*image.top_layer);
    }
    return plan;
}

std::map<std::string, fs::path> make_mount_sources(const ContainerConfig& config, const MountPlan& plan, const fs::path& run_dir, const MountOwner& owner) {
    return SourceMaker{config, plan, run_dir, owner}.run();
}

std::uint32_t host_id(const std::vector<IdMapping>& map, std::uint32_t id) {
    if (map.empty()) return id;
    for (const auto& line : map) {
        if (id >= line.container_id && id - line.container_id < line.count) return line.host_id + (id - line.container_id);
    }
    throw Error{ErrorKind::Invalid, concat("ID ", id, " is not mapped in the container's user namespace")};
}

}  // namespace skiff::libpod
