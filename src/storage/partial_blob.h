#pragma once
/// Downloads that are not complete: ROOT/partial/<algorithm>-<hex>. What one process left, the next continues.
///
/// Locks: who works on one holds flock ROOT/partial/<name>.lock.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "state/file_lock.h"
#include "util/digest.h"
#include "util/fd.h"

namespace skiff::storage {

namespace fs = std::filesystem;

/// After this time nobody is expected to come back.
inline constexpr std::chrono::seconds kPartialBlobAge = std::chrono::hours{72};

/// A download of this process's. Move-only; the file stays until discard() or a rename.
class [[nodiscard]] PartialBlob {
public:
    /// nullopt while another process works on it.
    static std::optional<PartialBlob> try_open(const fs::path& root, const Digest& digest);
    PartialBlob(PartialBlob&&) noexcept = default;
    PartialBlob& operator=(PartialBlob&&) noexcept = default;
    ~PartialBlob();

    /// Opened for reading and writing, at its beginning; what an earlier process wrote is in it.
    int fd() const noexcept { return file_.get(); }
    const fs::path& path() const noexcept { return path_; }
    std::uint64_t size() const;
    void discard() const noexcept;

private:
    PartialBlob(state::FileLock lock, UniqueFd file, fs::path path) : lock_{std::move(lock)}, file_{std::move(file)}, path_{std::move(path)} {}
    state::FileLock lock_;
    UniqueFd file_;
    fs::path path_;
};

/// Removes those that nobody locks and nobody wrote to for `age`. Returns their bytes.
std::uint64_t sweep_partial_blobs(const fs::path& root, std::chrono::seconds age);

}  // namespace skiff::storage
