#include "libpod/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "libpod/bundle.h"
#include "libpod/container_root.h"
#include "libpod/mapped_root.h"
#include "libpod/mount_sources.h"
#include "libpod/volume/volume.h"
#include "storage/layer_apply.h"
#include "storage/source.h"
#include "storage/staging.h"
#include "storage/tar_tree.h"
#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/merge_tree.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// The deepest volume or directory of the host that `path` lies in, of a container that does not run: there is no mount that
/// would lead there. Tmpfs and images have nothing then that would stay.
const MountConfig* mount_at(const ContainerConfig& config, const fs::path& path) {
    const std::string clean = (path.lexically_normal() / "").native();
    const MountConfig* deepest = nullptr;
    for (const auto& mount : config.mounts) {
        const bool lasting = (mount.kind == MountKind::Bind || mount.kind == MountKind::Volume) && !mount.overlay && mount.subpath.empty() && !mount.source.empty();
        const bool inside = lasting && clean.starts_with(concat(mount.destination, "/"));
        if (inside && (deepest == nullptr || mount.destination.size() > deepest->destination.size())) deepest = &mount;
    }
    return deepest;
}

/// One side, opened: the root that paths are resolved below, and the absolute path in it.
class Side {
public:
    /// `other`: a side that may be of the same container, and then lends its root; the operation lock is taken once only.
    explicit Side(const CopyPlace& place, const Side* other = nullptr) : place_{place} {
        if (place.path.empty()) throw Error{ErrorKind::Invalid, concat(shown(), " has no path"), "CONTAINER:PATH"};
        if (place.container != nullptr) {
            const bool shared = other != nullptr && other->place_.container != nullptr && other->place_.container->id() == place.container->id();
            if (shared) host_root_ = duplicate(other->container_root());
            else root_.emplace(*place.container);
            path_ = fs::path{place.container->config().work_dir} / place.path;
            stopped_ = shared ? other->stopped_ : !root_->running();
            if (stopped_) enter_mount(*place.container);
        } else {
            host_root_ = open_directory("/");
            path_ = fs::absolute(place.path);
        }
    }

    ~Side() {
        mount_root_.reset();
        if (mounted_.empty()) return;
        try {
            unmount_volume(place_.container->runtime(), mounted_);
        } catch (const std::exception& error) {
            log::warn(concat("unmounting volume ", mounted_, ": ", error.what(), ", ignoring"));
        }
    }
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;

    int root() const { return mount_root_ ? mount_root_.get() : container_root(); }
    /// Of the whole container, also when the path lies in a volume.
    int container_root() const { return root_ ? root_->fd() : host_root_.get(); }
    /// The path is where a volume or directory of the host is mounted: the name that the container has for it. Empty otherwise.
    const std::string& mount_name() const noexcept { return mount_name_; }
    /// As given, made absolute; "/." and "/" at the end stay visible in `as_given`.
    const fs::path& path() const noexcept { return path_; }
    bool asks_for_content() const { return place_.path.ends_with("/.") || place_.path == "."; }
    bool asks_for_directory() const { return place_.path.ends_with('/') || asks_for_content(); }
    std::string shown() const {
        return place_.container != nullptr ? quote(place_.container->name() + ":" + place_.path) : quote(place_.path);
    }

    /// O_PATH descriptor of what the path names, links followed below the root; empty when nothing is there.
    UniqueFd open_target() const { return open_in_root_if_exists(root(), path_, O_PATH); }

    Error missing() const { return {ErrorKind::NotFound, concat(shown(), " could not be found: no such file or directory")}; }

private:
    /// Paths in a volume, or in a directory of the host, are looked up there.
    void enter_mount(Container& container) {
        const MountConfig* mount = mount_at(container.config(), path_);
        if (mount == nullptr) return;
        if (mount->kind == MountKind::Volume) {
            mount_root_ = open_directory(mount_volume(container.runtime(), mount->source));
            mounted_ = mount->source;
        } else {
            mount_root_ = open_at(AT_FDCWD, mount->source, O_PATH);
            if (!is_directory_fd(mount_root_.get())) return mount_root_.reset();
        }
        const fs::path rest = path_.lexically_normal().lexically_relative(mount->destination);
        if (rest == "." || rest == "./") mount_name_ = fs::path{mount->destination}.filename();
        path_ = fs::path{"/"} / rest;
    }
    static bool is_directory_fd(int fd) {
        struct stat status {};
        return ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
    }

    const CopyPlace& place_;
    std::optional<ContainerRoot> root_;
    UniqueFd host_root_, mount_root_;
    bool stopped_ = false;
    std::string mounted_;     ///< the volume that is mounted for this
    std::string mount_name_;
    fs::path path_;
};

bool is_directory(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

fs::path without_trailing(const fs::path& path) {
    fs::path clean = path.lexically_normal();
    return clean.has_filename() ? clean : clean.parent_path();
}

/// A directory and the name of one entry in it.
struct Entry {
    UniqueFd parent;
    std::string name;
};

/// The parent and name of `path`, with the last component's links resolved: what is copied is what it points to.
Entry entry_of(const Side& side) {
    fs::path clean = without_trailing(side.path());
    for (int hops = 0; hops < 40; ++hops) {
        UniqueFd parent = open_in_root(side.root(), clean.parent_path(), O_PATH | O_DIRECTORY);
        const std::string name = clean.filename();
        struct stat status {};
        if (::fstatat(parent.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) throw side.missing();
        if (!S_ISLNK(status.st_mode)) return {std::move(parent), name};
        const auto target = read_link_at(parent.get(), name);
        if (!target) throw side.missing();
        clean = without_trailing(clean.parent_path() / *target);
    }
    throw Error{ErrorKind::Invalid, concat(side.shown(), ": too many links")};
}

bool writes_mapped_ids(const CopyPlace& to) { return shows_mapped_ids(to.container->config()) && is_alive(to.container->state().init); }

MergeOptions merge_options(const CopyPlace& to, const Side& target, const CopyOptions& options) {
    MergeOptions merge;
    merge.replace_other_kinds = options.overwrite;
    if (to.container == nullptr) {
        merge.owner = {::geteuid(), ::getegid()};
    } else if (options.own_by_container_user) {
        const auto user = resolve_user(target.container_root(), to.container->config().user, {});
        merge.owner = {user.uid, user.gid};
        const ContainerConfig config = to.container->config();
        if (writes_mapped_ids(to)) merge.owner = {host_id(config.uid_map, user.uid), host_id(config.gid_map, user.gid)};
    } else if (writes_mapped_ids(to)) {
        throw Error{ErrorKind::Unsupported, concat("copying to ", target.shown(), " with the owners of the source: the container runs in a user namespace"),
                    "stop it, or let the files be its user's"};
    }
    return merge;
}

/// Files of a running container in a user namespace are made as its root.
std::unique_ptr<MappedRootUser> writer_of(const CopyPlace& to) {
    const bool mapped = to.container != nullptr && writes_mapped_ids(to);
    return mapped ? std::make_unique<MappedRootUser>(to.container->config()) : nullptr;
}

/// Where a source called `source_name` goes: the rules of cp.
Entry place_for(const Side& target, const std::string& source_name, bool source_is_directory) {
    if (const UniqueFd there = target.open_target()) {
        if (is_directory(there.get())) {
            return {open_in_root(target.root(), target.path(), O_PATH | O_DIRECTORY), source_name};
        }
        if (source_is_directory) throw Error{ErrorKind::Invalid, concat("copying a directory to ", target.shown(), ": it is not a directory")};
        return entry_of(target);
    }
    if (target.asks_for_directory() && !source_is_directory) throw target.missing();
    const fs::path clean = without_trailing(target.path());
    UniqueFd parent = open_in_root_if_exists(target.root(), clean.parent_path(), O_PATH | O_DIRECTORY);
    if (!parent) throw target.missing();
    return {std::move(parent), clean.filename()};
}

/// True when `dir` is the directory `ancestor` or below it.
bool is_inside(const UniqueFd& dir, const UniqueFd& ancestor) {
    struct stat wanted {};
    struct stat here {};
    if (::fstat(ancestor.get(), &wanted) != 0 || ::fstat(dir.get(), &here) != 0) return false;
    UniqueFd current = duplicate(dir.get());
    for (;;) {
        if (here.st_dev == wanted.st_dev && here.st_ino == wanted.st_ino) return true;
        UniqueFd parent = open_at(current.get(), "..", O_PATH | O_DIRECTORY);
        struct stat above {};
        if (::fstat(parent.get(), &above) != 0 || (above.st_dev == here.st_dev && above.st_ino == here.st_ino)) return false;
        here = above;
        current = std::move(parent);
    }
}

void refuse_copy_into_itself(const UniqueFd& found, const UniqueFd& into, const Side& source, const Side& target) {
    if (!is_inside(into, found)) return;
    throw Error{ErrorKind::Invalid, concat("copying ", source.shown(), " to ", target.shown(), ": that is the same directory, or inside it")};
}

/// What is in a directory: into one that is there, or into a new one that becomes like it.
void copy_content(const UniqueFd& found, const Side& source, const Side& target, const MergeOptions& merge) {
    const UniqueFd from = open_directory_at(found.get(), ".");
    if (const UniqueFd there = target.open_target()) {
        if (!is_directory(there.get())) throw Error{ErrorKind::Invalid, concat("copying a directory to ", target.shown(), ": it is not a directory")};
        refuse_copy_into_itself(found, there, source, target);
        return merge_children(from.get(), open_directory_at(there.get(), ".").get(), merge);
    }
    const Entry place = place_for(target, {}, /*source_is_directory=*/true);
    refuse_copy_into_itself(found, place.parent, source, target);
    const UniqueFd made = make_directory_at(open_directory_at(place.parent.get(), ".").get(), place.name, 0700);
    merge_directory(from.get(), made.get(), merge);
}

void copy_sides(const Side& source, const Side& target, const MergeOptions& merge) {
    const UniqueFd found = source.open_target();
    if (!found) throw source.missing();
    const bool directory = is_directory(found.get());
    if (!directory && source.asks_for_directory()) {
        throw Error{ErrorKind::Invalid, concat(source.shown(), " is not a directory")};
    }
    if (directory && !source.mount_name().empty() && !source.asks_for_content()) {
        const Entry place = place_for(target, source.mount_name(), true);
        const UniqueFd made = make_directory_at(open_directory_at(place.parent.get(), ".").get(), place.name, 0700);
        return merge_directory(open_directory_at(found.get(), ".").get(), made.get(), merge);
    }
    if (directory && (source.asks_for_content() || source.path().lexically_normal() == "/")) {
        return copy_content(found, source, target, merge);
    }
    const Entry entry = entry_of(source);
    const Entry place = place_for(target, entry.name, directory);
    const UniqueFd from_dir = open_directory_at(entry.parent.get(), ".");
    const UniqueFd to_dir = open_directory_at(place.parent.get(), ".");
    if (directory) refuse_copy_into_itself(found, to_dir, source, target);
    merge_entry(from_dir.get(), entry.name, to_dir.get(), place.name, merge);
}

}  // namespace

void copy_between(const CopyPlace& from, const CopyPlace& to, const CopyOptions& options) {
    // Locks are taken in the order of IDs: two commands that copy in opposite directions must not wait for each other.
    const bool target_first = from.container != nullptr && to.container != nullptr && to.container->id() < from.container->id();
    const Side first{target_first ? to : from};
    const Side second{target_first ? from : to, &first};
    const Side& target = target_first ? first : second;
    const MergeOptions merge = merge_options(to, target, options);
    const auto writer = writer_of(to);
    copy_sides(target_first ? second : first, target, merge);
}

void copy_to_tar(const CopyPlace& from, const std::function<void(std::string_view)>& sink) {
    const Side source{from};
    const UniqueFd found = source.open_target();
    if (!found) throw source.missing();
    storage::TarTreeOptions options;
    if (is_directory(found.get()) && (source.asks_for_content() || source.path().lexically_normal() == "/")) {
        return storage::write_tree_tar(found.get(), sink, options);
    }
    const Entry entry = entry_of(source);
    options.prefix = without_trailing(source.path()).filename();
    storage::write_entry_tar(entry.parent.get(), entry.name, sink, options);
}

void copy_from_tar(int tar_fd, const CopyPlace& to, const CopyOptions& options) {
    const Side target{to};
    const UniqueFd there = target.open_target();
    if (!there) throw target.missing();
    if (!is_directory(there.get())) throw Error{ErrorKind::Invalid, concat(target.shown(), " is not a directory")};
    const MergeOptions merge = merge_options(to, target, options);
    // Unpacked apart first: what the archive's names and links say can then only concern the staging directory.
    storage::sweep_staging(to.container->runtime().options().root);  // what a copy that was killed left
    const storage::StagingEntry staging{to.container->runtime().options().root, "cp"};
    storage::FdSource raw{tar_fd, "standard input"};
    const auto tar = storage::decompress(raw);
    if (storage::apply_layer(*tar, staging.fd()).entries == 0) {
        throw Error{ErrorKind::Corrupt, "standard input is no tar archive: it is empty"};
    }
    const auto writer = writer_of(to);
    merge_children(staging.fd(), open_directory_at(there.get(), ".").get(), merge);
}

}  // namespace skiff::libpod
