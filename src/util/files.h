#pragma once
/// Files and directories, always by directory descriptor first and relative path second.
///
/// Two families: `*_in_root` for trees that a container or an image controls (links cannot lead out),
/// and plain `*at` helpers for directories that only skiff writes.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/fd.h"

namespace skiff {

namespace fs = std::filesystem;

/// Opens a directory that the engine owns (O_DIRECTORY). Throws SystemError naming it.
UniqueFd open_directory(const fs::path& path);
UniqueFd open_directory_at(int dir, const fs::path& name);
/// mkdir -p with `mode` for what is new (exact, whatever the umask), then open_directory.
UniqueFd make_directory(const fs::path& path, mode_t mode);
UniqueFd make_directory_at(int dir, const fs::path& name, mode_t mode);

/// openat(2) + O_CLOEXEC, EINTR retried. `shown` names the file in errors.
UniqueFd open_at(int dir, const fs::path& path, int flags, mode_t mode = 0);
/// The same, with an empty UniqueFd when the file does not exist (ENOENT or ENOTDIR).
UniqueFd open_at_if_exists(int dir, const fs::path& path, int flags);

/// Opens `path` below `root` as chroot(2) would see it: absolute links and `..` stay inside, magic
/// links are refused. Adds O_CLOEXEC. Throws SystemError naming `path`.
/// Source: openat2(2), RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS (Linux 5.6).
UniqueFd open_in_root(int root, const fs::path& path, int flags, mode_t mode = 0);
/// The same, with an empty UniqueFd when nothing is there.
UniqueFd open_in_root_if_exists(int root, const fs::path& path, int flags);
/// mkdir -p below `root` and opens the result (O_PATH | O_DIRECTORY). New directories get `mode`, uid, gid.
UniqueFd make_directories_in_root(int root, const fs::path& path, mode_t mode, uid_t uid = 0, gid_t gid = 0);

/// A regular file's content, at most `limit_bytes`, opened without blocking; links are followed inside `root`
/// only. FIFOs, devices, directories and loops give nullopt, as does absence. For files an image controls.
std::optional<std::string> read_regular_in_root(int root, const fs::path& path, std::size_t limit_bytes);

/// Content of a file the engine owns. Throws SystemError (ENOENT included).
std::string read_file(const fs::path& path, std::size_t limit_bytes = 64U << 20);
std::string read_file_at(int dir, const fs::path& name, std::size_t limit_bytes = 64U << 20);
std::optional<std::string> read_file_if_exists_at(int dir, const fs::path& name, std::size_t limit_bytes = 64U << 20);

enum class Sync { No, Yes };
/// Writes `name` by way of a temporary file beside it and rename(2); readers see the old or the new content.
void replace_file_at(int dir, const std::string& name, std::string_view content, mode_t mode, Sync sync = Sync::No);

/// Removes `name` below `dir` with everything in it; absence is fine. Crosses no link and no mount point
/// (EBUSY and EXDEV surface). Clears immutable and append-only flags that stand in the way.
void remove_tree_at(int dir, const fs::path& name);

/// The text of the link `name` in `dir`; nullopt, with errno, when it cannot be read or is none.
std::optional<std::string> read_link_at(int dir, const std::string& name);

/// Names in a directory, without "." and "..", unsorted.
std::vector<std::string> list_directory(int dir);

/// Copies all bytes from `source` to `target` (copy_file_range, then read and write). Returns how many.
std::uint64_t copy_bytes(int source, int target, std::string_view name);

/// Path of an open descriptor under /proc/self/fd, for calls that take only a path.
std::string proc_fd_path(int fd);

}  // namespace skiff
