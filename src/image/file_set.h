#pragma once
/// The files an image comes in: a directory, or an archive that may be compressed and may come from a pipe.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/source.h"

namespace skiff::image {

namespace fs = std::filesystem;

/// Named files, read-only. Names come from hostile documents; none can lead out of the set.
class FileSet {
public:
    virtual ~FileSet() = default;
    /// The size of a regular file; nullopt when there is none of that name.
    virtual std::optional<std::uint64_t> size(std::string_view name) const = 0;
    /// The bytes of a regular file. Throws Error{NotFound} naming it. The set must outlive the source.
    virtual std::unique_ptr<storage::Source> open(std::string_view name) const = 0;
    /// What the set is called in errors: its path, or "standard input".
    const std::string& shown() const noexcept { return shown_; }

    bool contains(std::string_view name) const { return size(name).has_value(); }
    /// A whole small file. Throws Error{NotFound}, or Error{Corrupt} over `limit_bytes`.
    std::string read(std::string_view name, std::size_t limit_bytes) const;

protected:
    explicit FileSet(std::string shown) : shown_{std::move(shown)} {}

private:
    std::string shown_;
};

/// A directory; links inside it are followed, but not out of it.
std::unique_ptr<FileSet> open_directory_files(const fs::path& path);

/// An archive: compressed (gzip, zstd, xz, bzip2) or not, from a descriptor at its current position. What cannot be
/// read at any place, because it is a pipe or compressed, is first inflated into one file in ROOT/staging.
/// `may_dlopen` as in storage::SourceOptions. Throws Error{Corrupt} when it is no tar archive.
std::unique_ptr<FileSet> open_archive_files(int fd, std::string shown, const fs::path& root, bool may_dlopen);

}  // namespace skiff::image
