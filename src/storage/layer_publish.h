#pragma once
/// How a layer comes to be: staged, synced, renamed, linked, recorded. Internal to src/storage.

#include <filesystem>

#include "state/database.h"
#include "state/file_lock.h"
#include "storage/implied_directories.h"
#include "storage/layer_store.h"
#include "storage/staging.h"

namespace skiff::storage {

/// `intent.step` of a LayerLease.
inline constexpr const char* kLeaseStep = "lease";

fs::path layer_directory(const fs::path& root, const Digest& chain_id);

/// The lock under which ROOT/layers/<hex> comes and goes; its file goes with it.
class [[nodiscard]] ChainLock {
public:
    ChainLock() noexcept = default;
    explicit ChainLock(state::FileLock lock) noexcept : lock_{std::move(lock)} {}
    ChainLock(ChainLock&&) noexcept = default;
    ChainLock& operator=(ChainLock&&) noexcept = default;
    ~ChainLock() { lock_.unlink_and_release(); }

private:
    state::FileLock lock_;
};
/// Waits for as long as the holder lives.
ChainLock lock_chain(const fs::path& root, const Digest& chain_id);
std::optional<ChainLock> try_lock_chain(const fs::path& root, const Digest& chain_id);
/// Moves ROOT/layers/<hex> into staging, where it is deleted. Absence is fine. The caller holds the chain's lock.
void discard_directory(const fs::path& root, const Digest& chain_id);
void remove_link(const fs::path& root, const std::string& link);

struct UnpackedLayer {
    Digest diff_id;
    std::uint64_t size = 0;
    std::vector<ImpliedDirectory> implied;
};

class LayerPublication {
public:
    LayerPublication(const fs::path& root, const state::Database& db);

    /// The directory to fill.
    int diff_fd() const noexcept { return diff_.get(); }
    /// Inflates, hashes and unpacks the whole of `source`. Uses no database and no other layer.
    UnpackedLayer unpack(Source& source, const LayerRequest& request);
    /// syncfs(2): everything unpacked is on disk afterwards.
    void sync() const;
    /// Renames into place, links, inserts (or repairs) the row and leases it. The caller holds the chain's lock.
    LeasedLayer publish(Layer layer);

private:
    std::string make_link(const Layer& layer) const;

    fs::path root_;
    const state::Database* db_;
    StagingEntry entry_;
    UniqueFd diff_;
};

}  // namespace skiff::storage
