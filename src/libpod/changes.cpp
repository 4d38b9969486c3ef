#include "libpod/changes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "libpod/container_root.h"
#include "storage/layer_store.h"
#include "storage/tree_walk.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

bool by_path(const Change& a, const Change& b) { return a.path < b.path; }

/// Compares an upper directory with the image below it, name by name.
class ChangeFinder {
public:
    ChangeFinder(int upper, int lower, std::set<std::string> left_out)
        : upper_{upper}, lower_{lower}, left_out_{std::move(left_out)} {}

    std::vector<Change> find() {
        walk(upper_, "", /*hidden_below=*/false);
        std::sort(changes_.begin(), changes_.end(), by_path);
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

/// What changes_between() compares of a file. Directories change their size and time with every entry.
struct Entry {
    mode_t mode = 0;
    uid_t uid = 0;
    gid_t gid = 0;
    dev_t device = 0;
    off_t size = 0;
    std::int64_t modified_ns = 0;
    std::string target;
    bool operator==(const Entry&) const = default;
};
using Tree = std::map<std::string, Entry>;

Entry entry_of(const storage::TreeVisit& visit) {
    const struct stat& status = visit.status;
    Entry entry{status.st_mode, status.st_uid, status.st_gid, status.st_rdev, 0, 0, {}};
    if (S_ISREG(status.st_mode)) {
        entry.size = status.st_size;
        entry.modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
    }
    if (S_ISLNK(status.st_mode)) entry.target = read_link_at(visit.dir, visit.name).value_or(std::string{});  // gone meanwhile
    return entry;
}

Tree tree_of(int root) {
    const auto left_out = engine_made({});
    Tree tree;
    storage::walk_tree(root, [&](const storage::TreeVisit& visit) {
        if (left_out.contains("/" + visit.path)) return storage::Descend::No;
        tree.emplace("/" + visit.path, entry_of(visit));
        return storage::Descend::Yes;
    });
    return tree;
}

/// An empty directory that is the parent of a mount point, such as /run: the engine made it.
bool only_for_mounts(const Tree& tree, const std::string& path) {
    const auto below = concat(path, "/");
    const auto left_out = engine_made({});
    const auto mount = left_out.lower_bound(below);
    const auto entry = tree.lower_bound(below);
    const bool leads_to_mount = mount != left_out.end() && mount->starts_with(below);
    return leads_to_mount && (entry == tree.end() || !entry->first.starts_with(below));
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
    const UniqueFd lower = config.rootfs_overlay ? open_directory(config.rootfs) : open_image_root(container.runtime(), Digest::parse(config.top_layer));
    return ChangeFinder{upper.get(), lower.get(), engine_made(config)}.find();
}

std::vector<Change> image_changes(const Runtime& runtime, const image::ImageRecord& image) {
    if (!image.top_layer) return {};
    const auto chain = runtime.layers().chain(*image.top_layer);
    const UniqueFd upper = open_directory(runtime.layers().diff_path(chain.front()));
    const UniqueFd lower = chain.size() == 1 ? UniqueFd{} : open_image_root(runtime, chain[1].chain_id);
    return ChangeFinder{upper.get(), lower.get(), engine_made({})}.find();
}

std::vector<Change> changes_between(int older, int newer) {
    const Tree before = tree_of(older);
    const Tree after = tree_of(newer);
    std::vector<Change> changes;
    for (const auto& [path, entry] : after) {
        const auto known = before.find(path);
        if (known == before.end() && only_for_mounts(after, path)) continue;
        if (known == before.end()) changes.push_back({ChangeKind::Added, path});
        else if (entry != known->second) changes.push_back({ChangeKind::Modified, path});
    }
    for (const auto& [path, entry] : before) {
        if (!after.contains(path)) changes.push_back({ChangeKind::Deleted, path});
    }
    std::sort(changes.begin(), changes.end(), by_path);
    return changes;
}

}  // namespace skiff::libpod
