#include "util/chown_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff {
namespace {

constexpr int kMaxDepth = 1000;

struct Owner {
    uid_t uid;
    gid_t gid;
    dev_t device;
};

void give(int dir, const char* name, const struct stat& status, const Owner& owner) {
    if (status.st_uid == owner.uid && status.st_gid == owner.gid) return;
    const int flags = *name == '\0' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW;
    if (::fchownat(dir, name, owner.uid, owner.gid, flags) != 0 && errno != ENOENT) {
        throw SystemError{errno, concat("changing the owner of ", quote(name))};
    }
}

void walk(int dir, const Owner& owner, int depth) {
    if (depth > kMaxDepth) throw Error{ErrorKind::Corrupt, "changing owners: nested too deeply"};
    for (const auto& name : list_directory(dir)) {
        struct stat status {};
        if (::fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone meanwhile
        if (status.st_dev != owner.device) continue;
        give(dir, name.c_str(), status, owner);
        if (!S_ISDIR(status.st_mode)) continue;
        const UniqueFd below = open_at_if_exists(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (below) walk(below.get(), owner, depth + 1);
    }
}

}  // namespace

void chown_tree(int top, uid_t uid, gid_t gid) {
    struct stat status {};
    if (::fstat(top, &status) != 0) throw SystemError{errno, "changing owners"};
    const Owner owner{uid, gid, status.st_dev};
    give(top, "", status, owner);
    if (S_ISDIR(status.st_mode)) walk(top, owner, 0);
}

}  // namespace skiff
