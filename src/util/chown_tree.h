#pragma once
/// Gives a file, or a directory with all in it, to another owner.

#include <sys/types.h>

namespace skiff {

/// `top` is open for reading. Links are changed themselves, never followed; what lies on another file system stays as it
/// is; what has the owner already is not touched (its ctime stays). Throws SystemError naming the entry.
void chown_tree(int top, uid_t uid, gid_t gid);

}  // namespace skiff
