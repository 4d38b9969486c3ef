#pragma once
/// Extended attributes of layer content. Source: xattr(7); overlayfs.rst.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/fd.h"

namespace skiff::storage {

inline constexpr const char* kOpaqueXattr = "trusted.overlay.opaque";

enum class XattrRule {
    Set,
    Skip,    ///< the host's security modules or of no meaning here
    Refuse,  ///< overlayfs's own: an image could redirect and hide through them
};
XattrRule xattr_rule(std::string_view name);

using Xattrs = std::vector<std::pair<std::string, std::string>>;

/// Sets what xattr_rule allows. user.* and ACLs that the file system does not have are passed over with a warning.
/// Throws Error{Corrupt} for refused names and malformed capabilities.
void set_xattrs(int fd, const Xattrs& xattrs);
/// The same for `name` in `dir`, which may be a link or a special file and is not followed or opened.
void set_xattrs_at(int dir, const std::string& name, const Xattrs& xattrs);
/// What `fd` has and xattr_rule allows.
Xattrs get_xattrs(int fd);
/// For links and special files too.
Xattrs get_xattrs_at(int dir, const std::string& name);

void set_opaque(int directory);
bool is_opaque(int directory);
bool is_opaque(const std::string& directory);

}  // namespace skiff::storage
