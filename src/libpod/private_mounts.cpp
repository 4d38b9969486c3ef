#include "libpod/private_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// Undoes mountinfo's octal escapes (space, tab, newline, backslash).
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size()) {
            out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::uint64_t mount_id_of(const fs::path& path) {
    struct statx status {};
    if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_MNT_ID, &status) != 0) {
        throw SystemError{errno, concat("looking up the mount of ", quote(path.native()))};
    }
    return status.stx_mnt_id;
}

}  // namespace

fs::path mount_point_of(const fs::path& path) {
    const std::string wanted = std::to_string(mount_id_of(path));
    for (const auto& line : split(read_file("/proc/self/mountinfo"), '\n')) {
        const auto fields = split(line, ' ');
        if (fields.size() > 4 && fields[0] == wanted) return unescape(fields[4]);
    }
    throw Error{ErrorKind::System, concat("the mount that holds ", quote(path.native()), " is not in /proc/self/mountinfo")};
}

PrivateMounts::PrivateMounts(const fs::path& private_below) : former_{open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY)} {
    if (::unshare(CLONE_NEWNS) != 0) throw SystemError{errno, "making a mount namespace"};
    const fs::path holder = mount_point_of(private_below);
    if (::mount(nullptr, holder.c_str(), nullptr, MS_PRIVATE, nullptr) != 0) {
        throw SystemError{errno, concat("making the mount ", quote(holder.native()), " private")};
    }
}

PrivateMounts::~PrivateMounts() {
    if (former_ && ::setns(former_.get(), CLONE_NEWNS) != 0) {
        log::debug(concat("returning to the host's mount namespace: ", errno_text(errno), ", ignoring"));
    }
}

}  // namespace skiff::libpod
