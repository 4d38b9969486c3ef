#include "storage/container_storage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/staging.h"
#include "storage/tree_walk.h"
#include "storage/xattr.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

/// The ID becomes a path.
void check_id(const std::string& id) {
    if (id.size() == 64 && is_hex(id)) return;
    throw Error{ErrorKind::Invalid, concat(quote(id), " is not a container ID")};
}

/// The merged root directory shows upper's own mode, owner and attributes.
void copy_root_metadata(const fs::path& image_root, int upper) {
    const UniqueFd source = open_directory(image_root);
    struct stat status {};
    if (::fstat(source.get(), &status) != 0) throw SystemError{errno, concat("reading ", quote(image_root.native()))};
    if (::fchown(upper, status.st_uid, status.st_gid) != 0 || ::fchmod(upper, status.st_mode & 07777U) != 0) {
        throw SystemError{errno, "setting the owner of a container's root"};
    }
    set_xattrs(upper, get_xattrs(source.get()));
}

LowerDir empty_directory(const fs::path& root) {
    const UniqueFd made = make_directory(root / "empty", 0755);
    return {root / "empty", {}};
}

/// Moved away first: a half-removed tree must not be taken for a container's.
void bury(const fs::path& directory, int grave, const std::string& id) {
    if (::renameat(AT_FDCWD, directory.c_str(), grave, id.c_str()) != 0) {
        if (errno == ENOENT) return;
        throw SystemError{errno, concat("removing ", quote(directory.native()))};
    }
    fault_point("container-storage:discarded");
    remove_tree_at(grave, id);
}

}  // namespace

void ContainerStorage::create(const std::string& id, const std::optional<Digest>& top_layer) const {
    check_id(id);
    { const UniqueFd all = make_directory(root_ / "containers", 0700); }
    const UniqueFd outer = make_directory(directory(id), 0700);
    const UniqueFd upper = make_directory_at(outer.get(), "upper", 0755);
    if (top_layer) {
        const auto lower = layers_->lower_dirs(*top_layer);
        copy_root_metadata(lower.front().path, upper.get());
    }
    const UniqueFd work = make_directory_at(outer.get(), "work", 0700);
    fault_point("container-storage:created");
}

void ContainerStorage::remove(const std::string& id) const {
    check_id(id);
    const auto path = directory(id);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return;
    const StagingEntry grave{root_, "discard"};
    bury(path, grave.fd(), id);
}

std::vector<std::optional<Error>> ContainerStorage::remove_all(std::span<const std::string> ids) const {
    const StagingEntry grave{root_, "discard"};
    std::vector<std::optional<Error>> failures;
    for (const auto& id : ids) {
        auto& failure = failures.emplace_back();
        try {
            check_id(id);
            bury(directory(id), grave.fd(), id);
        } catch (const Error& error) {
            failure = error;
        }
    }
    return failures;
}

bool ContainerStorage::exists(const std::string& id) const {
    check_id(id);
    return ::access((directory(id) / "work").c_str(), F_OK) == 0;
}

OverlaySpec ContainerStorage::overlay_spec(const std::string& id, const std::optional<Digest>& top_layer) const {
    check_id(id);
    OverlaySpec spec;
    if (top_layer) {
        spec = image_spec(*top_layer);
        spec.read_only = false;
    } else {
        spec.lower.push_back(empty_directory(root_));
    }
    spec.upper = directory(id) / "upper";
    spec.work = directory(id) / "work";
    return spec;
}

OverlaySpec ContainerStorage::overlay_spec_over(const std::string& id, const fs::path& rootfs) const {
    check_id(id);
    OverlaySpec spec;
    spec.lower.push_back({rootfs, {}});
    spec.upper = directory(id) / "upper";
    spec.work = directory(id) / "work";
    return spec;
}

OverlaySpec ContainerStorage::image_spec(const Digest& top_layer) const {
    OverlaySpec spec;
    spec.lower = layers_->lower_dirs(top_layer);
    spec.link_directory = layers_->link_directory();
    spec.read_only = true;
    // The kernel stacks two at least; an empty one below changes nothing.
    if (spec.lower.size() == 1) spec.lower.push_back(empty_directory(root_));
    return spec;
}

std::uint64_t ContainerStorage::diff_size(const std::string& id) const {
    check_id(id);
    const UniqueFd upper = open_at_if_exists(AT_FDCWD, directory(id) / "upper", O_RDONLY | O_DIRECTORY);
    return upper ? tree_size(upper.get()) : 0;
}

}  // namespace skiff::storage
