#pragma once
/// The options of a spec mount, taken apart.
///
/// Source: runtime-spec, config.md, "Linux mount options"; mount(8), mount_setattr(2).

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace skiff::oci::native {

struct MountOptions {
    unsigned long flags = 0;          ///< MS_* to set (mount(2))
    unsigned long cleared_flags = 0;  ///< MS_* that an option like "rw", "exec" named
    std::uint64_t attr_set = 0;       ///< MOUNT_ATTR_*: the same for mount_setattr(2)
    std::uint64_t attr_clear = 0;
    std::uint64_t recursive_set = 0;  ///< MOUNT_ATTR_* for the whole tree ("rro", "rnosuid", …)
    std::uint64_t recursive_clear = 0;
    unsigned long propagation = 0;    ///< MS_SHARED … (with MS_REC), 0: not named
    bool bind = false;
    bool recursive_bind = false;
    bool copy_up = false;             ///< "tmpcopyup"
    bool idmap = false;               ///< "idmap" or "ridmap"
    bool recursive_idmap = false;
    std::vector<std::string> data;    ///< what the file system itself is told
};

MountOptions parse_mount_options(const std::vector<std::string>& options);
/// "private", "rslave", … to MS_* flags; 0 for any other word.
unsigned long propagation_flags(const std::string& word);
/// All option words that this runtime takes itself, sorted (for `features`).
std::vector<std::string> known_mount_options();

}  // namespace skiff::oci::native
