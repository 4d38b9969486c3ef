#include "storage/xattr.h"

#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <functional>

#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

using Setter = std::function<int(const char* name, const std::string& value)>;

void set_one(const Setter& set, const std::string& name, const std::string& value) {
    if (set(name.c_str(), value) == 0) return;
    const int code = errno;
    if (name == "security.capability") {
        if (code == EINVAL) throw Error{ErrorKind::Corrupt, "its capabilities (security.capability) are malformed"};
    } else if (code == EOPNOTSUPP || code == EPERM) {  // EPERM: user.* on links and special files
        log::warn(concat("extended attribute ", quote(name), ": ", errno_text(code), ", ignoring"));
        return;
    }
    throw SystemError{code, concat("setting extended attribute ", quote(name))};
}

void set_all(const Setter& set, const Xattrs& xattrs) {
    for (const auto& [name, value] : xattrs) {
        switch (xattr_rule(name)) {
            case XattrRule::Set: set_one(set, name, value); break;
            case XattrRule::Skip: log::debug(concat("extended attribute ", quote(name), " is not unpacked")); break;
            case XattrRule::Refuse:
                throw Error{ErrorKind::Corrupt, concat("it has extended attribute ", quote(name), ", which is overlayfs's own")};
        }
    }
}

Xattrs get_all(const std::function<ssize_t(char*, std::size_t)>& list,
               const std::function<ssize_t(const char*, char*, std::size_t)>& get) {
    Xattrs found;
    const ssize_t size = list(nullptr, 0);
    if (size <= 0) return found;  // none, or none possible here
    std::string names(static_cast<std::size_t>(size), '\0');
    const ssize_t got = list(names.data(), names.size());
    if (got < 0) throw SystemError{errno, "listing extended attributes"};
    names.resize(static_cast<std::size_t>(got));
    for (const auto& name : split(names, '\0')) {
        if (name.empty() || xattr_rule(name) != XattrRule::Set) continue;
        std::string value(64U << 10, '\0');  // XATTR_SIZE_MAX
        const ssize_t length = get(name.c_str(), value.data(), value.size());
        if (length < 0) throw SystemError{errno, concat("reading extended attribute ", quote(name))};
        value.resize(static_cast<std::size_t>(length));
        found.emplace_back(name, std::move(value));
    }
    return found;
}

/// There is no setxattrat before Linux 6.13; the directory part is a descriptor, so only the last name is looked up.
std::string path_at(int dir, const std::string& name) { return concat(proc_fd_path(dir), "/", name); }

}  // namespace

XattrRule xattr_rule(std::string_view name) {
    if (name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.")) return XattrRule::Refuse;
    const bool wanted = name == "security.capability" || name.starts_with("user.") ||
                        name == "system.posix_acl_access" || name == "system.posix_acl_default";
    return wanted ? XattrRule::Set : XattrRule::Skip;
}

void set_xattrs(int fd, const Xattrs& xattrs) {
    set_all([fd](const char* name, const std::string& value) { return ::fsetxattr(fd, name, value.data(), value.size(), 0); },
            xattrs);
}

void set_xattrs_at(int dir, const std::string& name, const Xattrs& xattrs) {
    if (xattrs.empty()) return;
    const auto path = path_at(dir, name);
    set_all([&](const char* key, const std::string& value) {
        return ::lsetxattr(path.c_str(), key, value.data(), value.size(), 0);
    }, xattrs);
}

Xattrs get_xattrs(int fd) {
    return get_all([fd](char* list, std::size_t size) { return ::flistxattr(fd, list, size); },
                   [fd](const char* name, char* value, std::size_t size) { return ::fgetxattr(fd, name, value, size); });
}

Xattrs get_xattrs_at(int dir, const std::string& name) {
    const auto path = path_at(dir, name);
    return get_all([&](char* list, std::size_t size) { return ::llistxattr(path.c_str(), list, size); },
                   [&](const char* key, char* value, std::size_t size) {
                       return ::lgetxattr(path.c_str(), key, value, size);
                   });
}

void set_opaque(int directory) {
    if (::fsetxattr(directory, kOpaqueXattr, "y", 1, 0) != 0) throw SystemError{errno, "marking a directory opaque"};
}

bool is_opaque(int directory) {
    char value = 0;
    return ::fgetxattr(directory, kOpaqueXattr, &value, 1) == 1 && value == 'y';
}

bool is_opaque(const std::string& directory) {
    char value = 0;
    return ::lgetxattr(directory.c_str(), kOpaqueXattr, &value, 1) == 1 && value == 'y';
}

}  // namespace skiff::storage
