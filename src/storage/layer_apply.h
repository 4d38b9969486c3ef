#pragma once
/// Unpacks one layer (a tar stream) into the directory that overlayfs will use as a lower layer.
///
/// A security boundary: the stream is hostile. Every name is taken apart and walked by directory descriptor
/// without following any link, so nothing outside the target is read or changed. Source: OCI image-spec,
/// layer.md; kernel documentation, filesystems/overlayfs.rst (whiteouts, opaque directories); pax(1), tar(5).

#include <cstdint>
#include <functional>

#include "storage/source.h"
#include "util/fd.h"

namespace skiff::storage {

struct LayerLimits {
    std::uint64_t entries = 20'000'000;                ///< entries of the archive
    std::uint64_t content_bytes = 1ULL << 42;          ///< sum of file contents as stored in the archive
    std::uint64_t apparent_bytes = 1ULL << 46;         ///< sum of file sizes, holes included
};

struct LayerApplyOptions {
    LayerLimits limits;
    /// Opens directory `path` ("usr/lib") of the topmost lower layer that has it, empty when none has: its
    /// mode, owner and extended attributes are given to a parent that this layer does not mention, as
    /// overlayfs would otherwise show root's 0755. May be empty.
    std::function<UniqueFd(const std::string& path)> open_in_lower;
};

struct LayerApplyResult {
    std::uint64_t entries = 0;
    std::uint64_t size = 0;  ///< bytes of regular files as they stand in the directory, hard links once
};

/// Unpacks `tar` (uncompressed, read to its very end) into the empty directory `target`. Needs root. Throws
/// Error{Corrupt} for what the format or layer.md forbids, naming the entry; SystemError otherwise (ENOSPC …).
/// What was unpacked until then stays for the caller to remove. Nothing is synced.
LayerApplyResult apply_layer(Source& tar, int target, const LayerApplyOptions& options = {});

}  // namespace skiff::storage
