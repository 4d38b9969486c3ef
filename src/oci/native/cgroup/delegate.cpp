#include "oci/native/cgroup/delegate.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "oci/native/errors.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {
namespace {

/// What /sys/kernel/cgroup/delegate said when it came (4.15).
constexpr const char* kFirstFiles = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

bool mounted_for_writing(const Spec& spec) {
    return std::any_of(spec.mounts.begin(), spec.mounts.end(), [](const Mount& mount) {
        if (mount.type != "cgroup" || mount.destination != "/sys/fs/cgroup") return false;
        return std::find(mount.options.begin(), mount.options.end(), "ro") == mount.options.end();
    });
}

uid_t host_user(const Spec& spec, std::uint32_t uid) {
    if (spec.lnx.uid_mappings.empty()) return uid;
    for (const IdMapping& mapping : spec.lnx.uid_mappings) {
        if (uid >= mapping.container_id && uid - mapping.container_id < mapping.size) return mapping.host_id + (uid - mapping.container_id);
    }
    throw ConfigInvalid{concat("config: process.user.uid ", uid, " is not mapped by linux.uidMappings")};
}

}  // namespace

std::optional<uid_t> delegated_owner(const Spec& spec) {
    if (!spec.makes_namespace(CLONE_NEWCGROUP) || !mounted_for_writing(spec)) return std::nullopt;
    const uid_t owner = host_user(spec, spec.process.user.uid);
    return owner == 0 ? std::nullopt : std::optional{owner};
}

void delegate(const Cgroup& group, const Spec& spec) {
    if (group.layout().mode != Mode::Unified) return;
    const auto owner = delegated_owner(spec);
    if (!owner) return;
    const fs::path path = group.layout().unified->directory(group.path());
    const UniqueFd directory = open_directory(path);
    if (::fchown(directory.get(), *owner, static_cast<gid_t>(-1)) != 0) throw SystemError{errno, concat("giving away cgroup ", quote(path.native()))};
    const std::string files = read_file_if_exists_at(AT_FDCWD, "/sys/kernel/cgroup/delegate").value_or(kFirstFiles);
    for (const std::string& name : split(files, '\n')) {
        if (name.empty() || ::fchownat(directory.get(), name.c_str(), *owner, static_cast<gid_t>(-1), AT_SYMLINK_NOFOLLOW) == 0) continue;
        // Files of controllers that are not enabled here.
        if (errno != ENOENT) throw SystemError{errno, concat("giving away ", quote((path / name).native()))};
    }
}

}  // namespace skiff::oci::native::cgroup
