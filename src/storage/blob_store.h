#pragma once
/// Content-addressed files: ROOT/blobs/sha256/<hex>, each with a row in `blob`. A blob exists when its row does;
/// its file is complete, verified and never changed.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/database.h"
#include "storage/source.h"
#include "storage/staging.h"
#include "util/digest.h"
#include "util/fd.h"

namespace skiff::storage {

struct BlobInfo {
    Digest digest;
    std::uint64_t size = 0;
};

/// A blob in the making: written in ROOT/staging, published by commit(), removed otherwise.
class [[nodiscard]] BlobWriter {
public:
    BlobWriter(BlobWriter&&) noexcept = default;

    void write(std::string_view data);
    std::uint64_t size() const noexcept { return size_; }
    /// Verifies, renames, inserts the row. A digest of another algorithm than sha256 is verified as well; the
    /// blob is stored, and returned, under its sha256. Throws Error{Corrupt} naming both digests or sizes. With
    /// Sync::No the file may be empty after a power cut, which open() notices (wrong size); default is fdatasync.
    BlobInfo commit(const std::optional<Digest>& expected = {}, std::optional<std::uint64_t> expected_size = {});
    /// Leases the blob (see BlobStore::lease), then makes it. Not synced by itself: the layer unpacked from it syncs the file
    /// system.
    struct Leased {
        BlobInfo blob;
        std::int64_t lease = 0;
    };
    Leased commit_leased();

private:
    friend class BlobStore;
    BlobWriter(const fs::path& root, const state::Database& db, std::string_view second_algorithm);
    fs::path root_;
    const state::Database* db_;
    StagingEntry entry_;
    UniqueFd file_;
    Hasher hasher_;
    std::optional<Hasher> second_;
    std::uint64_t size_ = 0;
};

class BlobStore {
public:
    /// Both outlive the store. Makes no directory until something is written.
    BlobStore(fs::path root, const state::Database& db) : root_{std::move(root)}, db_{&db} {}

    /// For a blob that arrives piece by piece. `expected` only selects a second hash when it is not a sha256.
    BlobWriter writer(const std::optional<Digest>& expected = {}) const;
    /// Reads `source` to its end into a blob; at most `expected_size` bytes are taken when it is given.
    BlobInfo add(Source& source, const std::optional<Digest>& expected = {},
                 std::optional<std::uint64_t> expected_size = {}) const;
    BlobInfo add(std::string_view content) const;

    /// Makes a blob of a complete, verified file on the same file system by renaming it. Not synced by itself: the layer that is
    /// unpacked from it syncs the file system.
    BlobInfo adopt(const fs::path& file, const Digest& digest, std::uint64_t size) const;

    /// Keeps a blob that nothing refers to yet from remove_unreferenced: a row of `intent`, let go by finish_intent or by the
    /// death of this process. Taken before the blob is added.
    std::int64_t lease(const Digest& digest) const;
    /// Blobs that no layer and no lease names: rows first, then files. Unfinished downloads that nobody works on go when they
    /// are older than `partial_age`. Returns the bytes freed.
    std::uint64_t remove_unreferenced(std::chrono::seconds partial_age) const;

    /// Of these, those that no layer and no lease names.
    void remove_unreferenced(const std::vector<Digest>& digests) const;

    /// nullopt when there is no row, or when its file is missing or has another size (the row is then dropped, so
    /// that the blob is fetched again). On a read-only database it is only reported as absent.
    std::optional<BlobInfo> find(const Digest& digest) const;
    bool contains(const Digest& digest) const { return find(digest).has_value(); }
    /// Throws Error{NotFound}.
    UniqueFd open(const Digest& digest) const;
    /// The whole content, hashed again. Throws Error{NotFound}, Error{Corrupt} (also over `limit_bytes`).
    std::string read(const Digest& digest, std::size_t limit_bytes = 64U << 20) const;
    fs::path path_of(const Digest& digest) const;

    /// Whether the file is what its name says: reads and hashes all of it. False when it is absent, too.
    bool intact(const Digest& digest) const;

    /// Drops rows, syncs the database, removes files. Absent ones are fine. The caller knows that nothing refers to them.
    void remove(const std::vector<Digest>& digests) const;
    /// Removes files below blobs/ that have no row and are not being published.
    int sweep() const;

private:
    void unlink_removed(const std::vector<Digest>& digests) const;

    fs::path root_;
    const state::Database* db_;
};

}  // namespace skiff::storage
