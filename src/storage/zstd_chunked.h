#pragma once
/// zstd:chunked: a zstd stream of a tar archive whose files are frames of their own, followed by a table of contents, so that clients
/// may fetch single files by range. To everybody else it is plain zstd: the tables are skippable frames.
///
/// Layout: frames of the archive; skippable frame with the table (zstd-compressed JSON); skippable frame with the archive's other bytes
/// (tar-split, zstd-compressed JSON lines); skippable frame of 64 bytes that says where both are. Source: containers/storage,
/// pkg/chunked; RFC 8878, 3.1.2; tar-split's README.

#include <map>
#include <optional>
#include <string>

#include "storage/compress.h"
#include "storage/source.h"

namespace skiff::storage {

/// Annotations that a layer's descriptor needs so that clients find and trust the table.
using ChunkedAnnotations = std::map<std::string, std::string>;
inline constexpr const char* kChunkedTableDigest = "io.github.containers.zstd-chunked.manifest-checksum";
inline constexpr const char* kChunkedTablePosition = "io.github.containers.zstd-chunked.manifest-position";
inline constexpr const char* kChunkedSplitPosition = "io.github.containers.zstd-chunked.tarsplit-position";

/// Compresses `tar` (uncompressed) to its end. `level` as for zstd. Throws Error{Unsupported} for what a table cannot say: sparse
/// files, volume labels, names that are not UTF-8; Error{Corrupt} for a broken archive. Bytes may have gone to `sink` by then.
ChunkedAnnotations compress_chunked(Source& tar, std::optional<int> level, const ByteSink& sink);

}  // namespace skiff::storage
