#include "oci/native/mount_calls.h"

#include <fcntl.h>
#include <sys/mount.h>

#include "oci/native/kernel.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr std::size_t kMaxConfigValue = 250;  // fsconfig(2) takes 255 bytes with the terminator

bool too_long(const MountOptions& options) {
    for (const std::string& option : options.data) {
        if (option.size() > kMaxConfigValue) return true;
    }
    return false;
}

/// The last line that the file system wrote to its context: more telling than errno.
std::string last_complaint(int context) {
    char text[512];
    const ssize_t length = ::read(context, text, sizeof text);
    if (length <= 2) return {};
    return concat(" (", trim(std::string_view{text + 2, static_cast<std::size_t>(length) - 2}), ")");
}

void configure_one(int context, const std::string& option, std::string_view type) {
    const auto pair = split_once(option, '=');
    const int result = pair ? kernel::fsconfig(context, FSCONFIG_SET_STRING, pair->first.c_str(), pair->second.c_str(), 0)
                            : kernel::fsconfig(context, FSCONFIG_SET_FLAG, option.c_str(), nullptr, 0);
    if (result == 0) return;
    const int saved_errno = errno;
    throw SystemError{saved_errno, concat("mount option ", quote(option), " of ", type, last_complaint(context))};
}

/// Superblock flags that fsconfig takes by name; the rest of MS_* are attributes of the mount.
void configure_flags(int context, const MountOptions& options, std::string_view type) {
    const std::pair<unsigned long, const char*> named[] = {
        {MS_SYNCHRONOUS, "sync"}, {MS_DIRSYNC, "dirsync"}, {MS_LAZYTIME, "lazytime"}, {MS_MANDLOCK, "mand"}};
    for (const auto& [flag, name] : named) {
        if ((options.flags & flag) != 0) configure_one(context, name, type);
    }
}

std::uint64_t filesystem_attributes(const MountOptions& options) { return options.attr_set | options.recursive_set; }

}  // namespace

UniqueFd clone_tree(int dir, const char* path, bool recursive) {
    const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (path[0] == '\0' ? unsigned{AT_EMPTY_PATH} : 0U) |
                           (recursive ? unsigned{AT_RECURSIVE} : 0U);
    return UniqueFd{kernel::open_tree(dir, path, flags)};
}

void attach(int mount, int target, std::string_view shown) {
    if (kernel::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
        throw SystemError{errno, concat("mounting on ", quote(shown))};
    }
}

bool set_attributes(int mount, std::uint64_t set, std::uint64_t clear, unsigned long propagation, bool recursive,
                    std::string_view shown) {
    if (set == 0 && clear == 0 && propagation == 0) return true;
    mount_attr attributes{};
    attributes.attr_set = set;
    attributes.attr_clr = clear;
    attributes.propagation = propagation;
    const unsigned flags = AT_EMPTY_PATH | (recursive ? unsigned{AT_RECURSIVE} : 0U);
    if (kernel::mount_setattr(mount, "", flags, attributes) == 0) return true;
    if (errno == ENOSYS) return false;
    throw SystemError{errno, concat("setting mount attributes of ", quote(shown))};
}

UniqueFd make_filesystem(const std::string& type, const std::string& source, const MountOptions& options) {
    if (too_long(options)) {
        errno = E2BIG;
        return {};
    }
    const UniqueFd context{kernel::fsopen(type.c_str(), FSOPEN_CLOEXEC)};
    if (!context) {
        if (errno == ENOSYS) return {};
        throw SystemError{errno, concat("mounting ", type), errno == ENODEV ? "this kernel has no such file system" : ""};
    }
    if (!source.empty()) kernel::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", source.c_str(), 0);
    configure_flags(context.get(), options, type);
    for (const std::string& option : options.data) configure_one(context.get(), option, type);
    if (kernel::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
        const int saved_errno = errno;
        throw SystemError{saved_errno, concat("making a file system of type ", type, last_complaint(context.get()))};
    }
    UniqueFd mount{kernel::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(filesystem_attributes(options)))};
    if (!mount) throw SystemError{errno, concat("mounting ", type)};
    return mount;
}

void mount_by_path(const char* source, int target, const char* type, unsigned long flags, const char* data,
                   std::string_view shown) {
    if (::mount(source, proc_fd_path(target).c_str(), type, flags, data) != 0) {
        throw SystemError{errno, concat("mounting on ", quote(shown))};
    }
}

void mount_filesystem(const std::string& type, const std::string& source, const MountOptions& options, int target,
                      std::string_view shown) {
    const UniqueFd mount = make_filesystem(type, source, options);
    if (mount) {
        attach(mount.get(), target, shown);
        return;
    }
    if (errno != ENOSYS && errno != E2BIG) throw SystemError{errno, concat("mounting on ", quote(shown))};
    mount_by_path(source.empty() ? type.c_str() : source.c_str(), target, type.c_str(), options.flags,
                  join(options.data, ",").c_str(), shown);
}

UniqueFd make_empty_directory(const std::string& label_option) {
    MountOptions options;
    options.flags = MS_RDONLY;
    options.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    options.data = {"mode=0755", "nr_inodes=2"};
    if (!label_option.empty()) options.data.push_back(label_option);
    return make_filesystem("tmpfs", "tmpfs", options);
}

}  // namespace skiff::oci::native
