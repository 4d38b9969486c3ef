#pragma once
/// Owners, modes, times and extended attributes of copied files; copies of what is neither file nor directory.

#include <sys/stat.h>

#include <string>
#include <string_view>

namespace skiff {

/// From the open file `source` to the open file `target`: owner, mode and times of `status`, extended attributes of
/// `source` but overlay's own. A file that gets another owner than `source` has loses setuid, setgid and capabilities, as by
/// chown(2). Throws SystemError naming `name`.
void copy_metadata(int source, int target, const struct stat& status, std::string_view name);

/// A link, device or FIFO, as `status` describes it. Nothing is opened. Throws SystemError.
void copy_special(int source_dir, const std::string& source_name, int target_dir, const std::string& target_name,
                  const struct stat& status);

}  // namespace skiff
