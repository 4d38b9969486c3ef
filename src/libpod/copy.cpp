#include "libpod/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpod/bundle.h"
#include "libpod/container_root.h"
#include "storage/layer_apply.h"
#include "storage/source.h"
#include "storage/staging.h"
#include "storage/tar_tree.h"
#include "util/error.h"
#include "util/files.h"
#include "util/merge_tree.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// One side, opened: the root that paths are resolved below, and the absolute path in it.
class Side {
public:
    /// `other`: a side that may be of the same container, and then lends its root; the operation lock is taken once only.
    explicit Side(const CopyPlace& place, const Side* other = nullptr) : place_{place} {
        if (place.path.empty()) throw Error{ErrorKind::Invalid, concat(shown(), " has no path"), "CONTAINER:PATH"};
        if (place.container != nullptr) {
            const bool shared = other != nullptr && other->place_.container != nullptr && other->place_.container->id() == place.container->id();
            if (shared) host_root_ = duplicate(other->root());
            else root_.emplace(*place.container);
            path_ = fs::path{place.container->config().work_dir} / place.path;
        } else {
            host_root_ = open_directory("/");
            path_ = fs::absolute(place.path);
        }
    }

    int root() const { return root_ ? root_->fd() : host_root_.get(); }
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
    const CopyPlace& place_;
    std::optional<ContainerRoot> root_;
    UniqueFd host_root_;
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
        char target[4097] = {};
        if (::readlinkat(parent.get(), name.c_str(), target, sizeof target - 1) < 0) throw side.missing();
        clean = without_trailing(clean.parent_path() / target);
    }
    throw Error{ErrorKind::Invalid, concat(side.shown(), ": too many links")};
}

MergeOptions merge_options(const CopyPlace& to, const Side& target, const CopyOptions& options) {
    MergeOptions merge;
    merge.replace_other_kinds = options.overwrite;
    if (to.container == nullptr) {
        merge.owner = {::geteuid(), ::getegid()};
    } else if (options.own_by_container_user) {
        const auto user = resolve_user(target.root(), to.container->config().user, {});
        merge.owner = {user.uid, user.gid};
    }
    return merge;
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
    copy_sides(target_first ? second : first, target, merge_options(to, target, options));
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
    merge_children(staging.fd(), open_directory_at(there.get(), ".").get(), merge);
}

}  // namespace skiff::libpod
