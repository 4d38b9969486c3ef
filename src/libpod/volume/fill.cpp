#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpod/volume/start.h"
#include "util/copy_metadata.h"
#include "util/copy_tree.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr const char* kCopyStaging = ".skiff-copy";

/// On the file system of the volume, so that every entry appears by one rename.
UniqueFd staging_parent(const VolumeFill& fill) { return open_directory(fill.is_mount ? fill.data : fill.data.parent_path()); }

void move_entry(int from, const std::string& name, int to) {
    if (::renameat2(from, name.c_str(), to, name.c_str(), RENAME_NOREPLACE) == 0) return;
    if (errno == EEXIST || errno == ENOTEMPTY) return;  // moved already by a start that was cut short
    throw SystemError{errno, concat("putting ", quote(name), " into a volume")};
}

void copy_into_volume(const VolumeFill& fill, int source, int data) {
    const UniqueFd parent = staging_parent(fill);
    remove_tree_at(parent.get(), kCopyStaging);
    {
        const UniqueFd staging = make_directory_at(parent.get(), kCopyStaging, 0700);
        copy_tree(source, staging.get());
        fault_point("volume:copied");
        for (const auto& name : list_directory(staging.get())) move_entry(staging.get(), name, data);
    }
    remove_tree_at(parent.get(), kCopyStaging);
}

void copy_root_metadata(int source, int data) {
    struct stat status {};
    if (::fstat(source, &status) != 0) throw SystemError{errno, "reading the directory below a volume"};
    copy_metadata(source, data, status, "a volume");
}

}  // namespace

void fill_volume(const VolumeFill& fill, int rootfs, uid_t uid, gid_t gid) {
    const UniqueFd data = open_directory(fill.data);
    const UniqueFd source = open_in_root_if_exists(rootfs, fill.destination, O_RDONLY | O_DIRECTORY);
    if (fill.content && source) copy_into_volume(fill, source.get(), data.get());
    if (!fill.owner) return;
    if (source) copy_root_metadata(source.get(), data.get());
    else if (::fchown(data.get(), uid, gid) != 0) throw SystemError{errno, "giving a volume to the container's user"};
}

}  // namespace skiff::libpod
