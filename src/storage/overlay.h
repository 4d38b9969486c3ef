#pragma once
/// Overlay mounts, made detached and attached by descriptor. Source: kernel documentation,
/// filesystems/overlayfs.rst; fsopen(2), fsconfig(2), fsmount(2), move_mount(2).

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "util/fd.h"

namespace skiff::storage {

namespace fs = std::filesystem;

/// The kernel's own limit (OVL_MAX_STACK).
inline constexpr std::size_t kMaxLowerDirs = 500;

struct LowerDir {
    fs::path path;     ///< absolute
    std::string link;  ///< its name in OverlaySpec::link_directory; empty: none
};

struct OverlaySpec {
    std::vector<LowerDir> lower;  ///< top first; at least one, two without upper
    fs::path link_directory;      ///< ROOT/l; empty when no lower has a link
    fs::path upper;               ///< empty: a read-only mount of the lower directories
    fs::path work;                ///< given with upper: on the same file system, empty or left by an overlay
    bool volatile_ = false;       ///< no sync at unmount, for containers that are removed when they stop
    bool read_only = false;
    std::string mount_label;      ///< SELinux context of the whole mount; empty: none
    std::chrono::milliseconds busy_timeout{2000};  ///< how long an upper in use by a dying mount is waited for
};

/// How the lower directories reach the kernel. Tried in this order by mount_overlay; tests ask for one.
enum class OverlayMethod {
    Append,   ///< fsconfig "lowerdir+", one call each (Linux 6.7)
    Joined,   ///< fsconfig "lowerdir", 255 bytes
    OnePage,  ///< mount(2) in a private mount namespace, one page of options
};

/// A detached mount, to be attached by move_mount(2) or used through the descriptor. The kernel must confirm that
/// nobody else uses `upper`: Error{InUse} when another overlay does. A work/incompat/volatile left by an earlier
/// volatile mount is removed first. Throws Error{Unsupported} when a directory lies on an overlay already
/// (stacking depth), or for more lower directories than the kernel takes; SystemError with the kernel's own
/// explanation otherwise. Changes the working directory for the time of the call.
UniqueFd mount_overlay(const OverlaySpec& spec);
UniqueFd mount_overlay(const OverlaySpec& spec, OverlayMethod method);

/// mount_overlay, attached at directory `target`.
void mount_overlay_at(const OverlaySpec& spec, const fs::path& target);
/// Attaches a detached mount at directory `target`.
void attach_mount(int mount, const fs::path& target);

/// True when an overlay mount in any mount namespace uses `upper`. `work` is its work directory.
bool upper_in_use(const fs::path& upper, const fs::path& work);

}  // namespace skiff::storage
