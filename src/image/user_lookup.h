#pragma once
/// Who a container's program runs as: "USER" of an image or `--user`, against the image's own passwd and
/// group files.
///
/// Both files belong to the image and may be anything: they are read below the rootfs descriptor, as regular
/// files only, at most 1 MiB each (a FIFO, a device or a link that leads nowhere counts as absent). A number is never looked up as a
/// name, and a text that is neither a plain decimal number nor a plain name is refused.
/// Source: passwd(5), group(5); image-spec, config.md, "User"; security: CVE-2024-40635, CVE-2024-9676.

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace skiff::image {

struct UserInfo {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> extra_gids;  ///< supplementary groups, without duplicates
    std::string home = "/";         ///< never holds control characters
    std::string name;               ///< empty when passwd has no such user
};

/// Resolves `user` ("", "name", "uid", "name:group", "uid:gid", …) below the directory `rootfs_fd`. An empty
/// text is root. Without a group part, the gid is passwd's (0 for an unknown number) and the groups that list
/// the user are supplementary; with one, only `group_add` adds any. `group_add` holds names or numbers.
/// Throws Error{Invalid} for malformed texts and numbers above 2147483647, Error{NotFound} for names that
/// the files do not have, Error{Corrupt} for a matching entry that is malformed or a file that is too large.
UserInfo look_up_user(int rootfs_fd, std::string_view user, const std::vector<std::string>& group_add);

/// The two files' contents instead of a rootfs: for tests and for containers whose files are at hand.
UserInfo look_up_user(std::string_view passwd, std::string_view group, std::string_view user,
                      const std::vector<std::string>& group_add);

}  // namespace skiff::image
