#pragma once
/// Files that make up an image on disk: a directory, or one archive.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "storage/source.h"
#include "util/fd.h"

namespace skiff::image {

namespace fs = std::filesystem;

class FileWriter {
public:
    virtual ~FileWriter() = default;
    /// Takes a whole file of exactly `size` bytes. A name that is there already is left alone.
    virtual void put(const std::string& name, std::uint64_t size, storage::Source& content) = 0;
    /// The same for a size that only the end of the content tells; `open` may be called twice.
    virtual void put_unsized(const std::string& name, const std::function<std::unique_ptr<storage::Source>()>& open) = 0;
    virtual bool has(const std::string& name) const = 0;
    /// Everything was put: makes it whole and visible.
    virtual void finish() = 0;

    void put(const std::string& name, std::string_view content);
};

/// Below `directory`, made when it is missing. Files are replaced by rename, so a half-written one is never seen; `put` of
/// documents replaces what is there.
std::unique_ptr<FileWriter> write_to_directory(const fs::path& directory);

/// One tar archive. A file appears under `path` at finish(), in place of one that was there (a pipe or device is written
/// to); an empty `path` is standard output.
/// Owners are root, times the epoch: the same image gives the same archive.
std::unique_ptr<FileWriter> write_to_archive(const fs::path& path);

}  // namespace skiff::image
