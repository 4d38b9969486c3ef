#pragma once
/// A directory tree as a tar stream (pax): for export, commit, save and cp.
///
/// The tree is walked by descriptor and never through a link; sockets are left out; hard links within the tree stay
/// links. Source: pax(1), "pax Interchange Format"; OCI image-spec, layer.md for the layer form.

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>

namespace skiff::storage {

struct TarTreeOptions {
    /// The tree is an overlay's upper directory: whiteouts become .wh.NAME, opaque directories get .wh..wh..opq,
    /// overlay's own attributes are left out.
    bool layer = false;
    /// Names in the archive begin with this ("etc" or "dir/name"); empty: the tree's content is at the top.
    std::string prefix;
    /// Mount points below the tree are archived as empty directories.
    bool one_file_system = false;
    /// The directory itself comes first, as "./": its mode, owner and attributes matter.
    bool with_root = false;
    /// Paths ("etc/hosts") that are not archived, nor what is below them. May be empty.
    std::function<bool(const std::string& path, const struct stat& status)> leave_out;
    /// Shifts owners: from an ID in the tree to the one to write.
    std::function<std::uint32_t(std::uint32_t)> map_uid, map_gid;
};

using TarSink = std::function<void(std::string_view)>;

/// Writes the content of directory `dir` (and, with a prefix, the directory itself). What `sink` throws comes through.
/// The same tree gives the same bytes. Throws Error{Unsupported} for a name that a layer cannot hold (".wh.NAME").
void write_tree_tar(int dir, const TarSink& sink, const TarTreeOptions& options = {});
/// Writes one entry `name` of directory `dir` (a file, a link, a tree), called `options.prefix` in the archive.
void write_entry_tar(int dir, const std::string& name, const TarSink& sink, const TarTreeOptions& options);

}  // namespace skiff::storage
