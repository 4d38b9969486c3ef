#include "oci/native/mount_options.h"

#include <linux/mount.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>

// <sys/mount.h> and <linux/mount.h> agree on most names; these came later than the C library.
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

namespace skiff::oci::native {
namespace {

struct Flag {
    const char* word;
    bool clear;
    unsigned long flag;       // MS_*
    std::uint64_t attribute;  // MOUNT_ATTR_*; 0 where the flag belongs to the superblock
};

constexpr std::array<Flag, 30> kFlags = {{
    {"async", true, MS_SYNCHRONOUS, 0},
    {"atime", true, MS_NOATIME, MOUNT_ATTR_NOATIME},
    {"defaults", false, 0, 0},
    {"dev", true, MS_NODEV, MOUNT_ATTR_NODEV},
    {"diratime", true, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
    {"dirsync", false, MS_DIRSYNC, 0},
    {"exec", true, MS_NOEXEC, MOUNT_ATTR_NOEXEC},
    {"iversion", false, MS_I_VERSION, 0},
    {"lazytime", false, MS_LAZYTIME, 0},
    {"loud", true, MS_SILENT, 0},
    {"mand", false, MS_MANDLOCK, 0},
    {"noatime", false, MS_NOATIME, MOUNT_ATTR_NOATIME},
    {"nodev", false, MS_NODEV, MOUNT_ATTR_NODEV},
    {"nodiratime", false, MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
    {"noexec", false, MS_NOEXEC, MOUNT_ATTR_NOEXEC},
    {"noiversion", true, MS_I_VERSION, 0},
    {"nolazytime", true, MS_LAZYTIME, 0},
    {"nomand", true, MS_MANDLOCK, 0},
    {"norelatime", true, MS_RELATIME, MOUNT_ATTR_RELATIME},
    {"nostrictatime", true, MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
    {"nosuid", false, MS_NOSUID, MOUNT_ATTR_NOSUID},
    {"nosymfollow", false, MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
    {"relatime", false, MS_RELATIME, MOUNT_ATTR_RELATIME},
    {"ro", false, MS_RDONLY, MOUNT_ATTR_RDONLY},
    {"rw", true, MS_RDONLY, MOUNT_ATTR_RDONLY},
    {"silent", false, MS_SILENT, 0},
    {"strictatime", false, MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
    {"suid", true, MS_NOSUID, MOUNT_ATTR_NOSUID},
    {"symfollow", true, MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
    {"sync", false, MS_SYNCHRONOUS, 0},
}};

struct Propagation {
    const char* word;
    unsigned long flags;
};
constexpr std::array<Propagation, 8> kPropagation = {{
    {"private", MS_PRIVATE},
    {"rprivate", MS_PRIVATE | MS_REC},
    {"shared", MS_SHARED},
    {"rshared", MS_SHARED | MS_REC},
    {"slave", MS_SLAVE},
    {"rslave", MS_SLAVE | MS_REC},
    {"unbindable", MS_UNBINDABLE},
    {"runbindable", MS_UNBINDABLE | MS_REC},
}};

const Flag* find_flag(std::string_view word) {
    const auto found = std::find_if(kFlags.begin(), kFlags.end(), [&](const Flag& flag) { return word == flag.word; });
    return found == kFlags.end() ? nullptr : &*found;
}

/// The access-time attributes are one field, not bits: naming one of them replaces the others.
bool is_atime(std::uint64_t attribute) { return attribute != 0 && (attribute & ~std::uint64_t{MOUNT_ATTR__ATIME}) == 0; }
bool is_atime(const Flag& flag) {
    return (flag.flag & (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)) != 0 && (flag.attribute == 0 || is_atime(flag.attribute));
}

void set_attribute(std::uint64_t& set, std::uint64_t& clear, const Flag& flag) {
    if (is_atime(flag)) {
        set &= ~std::uint64_t{MOUNT_ATTR__ATIME};
        clear |= MOUNT_ATTR__ATIME;
        if (!flag.clear) set |= flag.attribute;
        return;
    }
    if (flag.clear) {
        set &= ~flag.attribute;
        clear |= flag.attribute;
    } else {
        clear &= ~flag.attribute;
        set |= flag.attribute;
    }
}

void apply(MountOptions& result, const Flag& flag) {
    if (flag.clear) {
        result.flags &= ~flag.flag;
        result.cleared_flags |= flag.flag;
    } else {
        if (is_atime(flag)) result.flags &= ~static_cast<unsigned long>(MS_NOATIME | MS_RELATIME | MS_STRICTATIME);
        result.flags |= flag.flag;
        result.cleared_flags &= ~flag.flag;
    }
    if (flag.attribute != 0 || is_atime(flag)) set_attribute(result.attr_set, result.attr_clear, flag);
}

bool apply_special(MountOptions& result, const std::string& word) {
    if (word == "bind") result.bind = true;
    else if (word == "rbind") result.bind = result.recursive_bind = true;
    else if (word == "tmpcopyup") result.copy_up = true;
    else if (word == "idmap") result.idmap = true;
    else if (word == "ridmap") result.idmap = result.recursive_idmap = true;
    else return false;
    return true;
}

bool apply_recursive(MountOptions& result, const std::string& word) {
    if (word.size() < 2 || word.front() != 'r') return false;
    const Flag* flag = find_flag(std::string_view{word}.substr(1));
    if (flag == nullptr || (flag->attribute == 0 && !is_atime(*flag))) return false;
    set_attribute(result.recursive_set, result.recursive_clear, *flag);
    return true;
}

}  // namespace

unsigned long propagation_flags(const std::string& word) {
    for (const Propagation& entry : kPropagation) {
        if (word == entry.word) return entry.flags;
    }
    return 0;
}

MountOptions parse_mount_options(const std::vector<std::string>& options) {
    MountOptions result;
    for (const std::string& word : options) {
        if (const unsigned long flags = propagation_flags(word)) {
            result.propagation = flags;
        } else if (const Flag* flag = find_flag(word)) {
            apply(result, *flag);
        } else if (!apply_special(result, word) && !apply_recursive(result, word) && !word.empty()) {
            result.data.push_back(word);
        }
    }
    return result;
}

std::vector<std::string> known_mount_options() {
    std::vector<std::string> words = {"bind", "rbind", "tmpcopyup", "idmap", "ridmap"};
    for (const Flag& flag : kFlags) {
        words.emplace_back(flag.word);
        if (flag.attribute != 0) words.push_back(std::string{"r"} + flag.word);
    }
    for (const Propagation& entry : kPropagation) words.emplace_back(entry.word);
    std::sort(words.begin(), words.end());
    return words;
}

}  // namespace skiff::oci::native
