#pragma once
/// Copies one entry of a directory into another directory, merging with what is there.

#include <sys/types.h>

#include <optional>
#include <string>

namespace skiff {

struct MergeOptions {
    std::optional<std::pair<uid_t, gid_t>> owner;  ///< of all that is written; unset: as in the source
    bool replace_other_kinds = false;              ///< a directory may replace a file and the reverse
};

/// Copies `source_name` of directory `source` to `target_name` of directory `target`. Files are written beside their
/// place and renamed, directories merged. No link is followed on either side; sockets are left out. Throws Error{Invalid}
/// where a directory meets something else, SystemError otherwise.
void merge_entry(int source, const std::string& source_name, int target, const std::string& target_name,
                 const MergeOptions& options);
/// The content of directory `source` into directory `target`.
void merge_children(int source, int target, const MergeOptions& options);
/// The same, and the metadata of the directory itself.
void merge_directory(int source, int target, const MergeOptions& options);

}  // namespace skiff
