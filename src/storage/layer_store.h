#pragma once
/// Unpacked layers, shared by images and containers: ROOT/layers/<chain hex>/diff and a row in `layer` each.
/// ROOT/l/<link> → ../layers/<chain hex>/diff gives each a short name for mount(2). A layer exists when its row
/// does. Source: OCI image-spec, config.md, Layer ChainID.
///
/// Locks: work on one chain holds flock ROOT/staging/layer-<hex>.lock; it is taken before any transaction.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "state/database.h"
#include "storage/layer_apply.h"
#include "storage/overlay.h"
#include "storage/source.h"
#include "util/clock.h"
#include "util/digest.h"

namespace skiff::storage {

struct Layer {
    Digest chain_id;
    std::optional<Digest> parent;  ///< chain ID
    Digest diff_id;
    std::uint64_t size = 0;        ///< bytes of file content
    std::string link;              ///< name in ROOT/l
    std::optional<Digest> blob;    ///< the compressed blob it came from
    UnixNanos created_at = 0;
};

/// The chain ID of `diff_id` above `parent` (a chain ID).
Digest chain_id_of(const std::optional<Digest>& parent, const Digest& diff_id);

/// Keeps a layer (and what lies below it) from remove_unreferenced until an image row refers to it: a row of
/// `intent` whose owner is this process. Let go on destruction, or by the owner's death. Move-only.
class [[nodiscard]] LayerLease {
public:
    LayerLease() noexcept = default;
    LayerLease(const state::Database& db, std::int64_t seq) noexcept : db_{&db}, seq_{seq} {}
    LayerLease(LayerLease&& other) noexcept : db_{std::exchange(other.db_, nullptr)}, seq_{other.seq_} {}
    LayerLease& operator=(LayerLease&& other) noexcept;
    ~LayerLease();

private:
    const state::Database* db_ = nullptr;
    std::int64_t seq_ = 0;
};

struct LayerRequest {
    std::optional<Digest> parent;            ///< chain ID of the layer below, which must exist
    std::optional<Digest> expected_diff_id;  ///< unknown for import; then the chain ID follows from the content
    std::optional<Digest> blob;              ///< kept already by whoever gives the bytes; else apply() keeps what it reads as a blob
    LayerLimits limits;
    SourceOptions source;                    ///< may_dlopen: for gzip through libisal
    /// Called when all of the stream is read and the diff ID is verified, before anything becomes visible: the
    /// place to compare the digest and size of the compressed bytes. Throwing abandons the layer.
    std::function<void()> before_publish;
};

struct LeasedLayer {
    Layer layer;
    LayerLease lease;
    bool unpacked = false;  ///< false: it was there already, and the source was not read
};

struct RemovedLayers {
    int count = 0;
    std::uint64_t bytes = 0;
    std::uint64_t blob_bytes = 0;  ///< of compressed blobs that went with them
};

class LayerStore {
public:
    /// Both outlive the store.
    LayerStore(fs::path root, const state::Database& db) : root_{std::move(root)}, db_{&db} {}

    /// Unpacks `source` (compressed or not) unless the chain is there; of several processes one works, the others
    /// wait and use it. Staged, synced once (syncfs), renamed, then recorded. `open_source` is called only when
    /// the bytes are needed. Throws Error{Corrupt} naming both digests, Error{NotFound} for a missing parent.
    LeasedLayer apply(const LayerRequest& request, const std::function<std::unique_ptr<Source>()>& open_source) const;

    /// Unpacks a recorded layer whose directory is gone again, from the blob that is kept of it. Throws Error{NotFound} when there
    /// is none, and what apply() throws.
    LeasedLayer restore(const Layer& layer) const;

    std::optional<Layer> find(const Digest& chain_id) const;
    /// Finds and leases in one transaction; nullopt when it is not there (or its directory is gone).
    std::optional<LeasedLayer> lease(const Digest& chain_id) const;
    /// The layers of an image, top first. Throws Error{NotFound} naming the missing one.
    std::vector<Layer> chain(const Digest& top) const;
    fs::path diff_path(const Layer& layer) const;
    /// `chain` as lower directories for an overlay, top first; merged into one layer when there are more than
    /// the kernel takes (500) or one page of mount options holds.
    std::vector<LowerDir> lower_dirs(const Digest& top) const;
    /// Names in ROOT/l resolve from here.
    fs::path link_directory() const { return root_ / "l"; }

    /// One layer with the content of the whole chain, made once and kept while `top` is referenced.
    LeasedLayer flatten(const Digest& top) const;

    /// Layers that no image, container or lease (nor a layer above that has one) refers to: rows first, then
    /// the database is synced, then the directories go, and the blobs they came from. Sweeps what crashes left, too.
    RemovedLayers remove_unreferenced() const;
    /// Removes directories and links that have no row: what a crash left behind.
    int sweep() const;

private:
    /// Diff directories, top first, down to a layer whose root is opaque.
    std::vector<fs::path> chain_paths(const Digest& top) const;

    fs::path root_;
    const state::Database* db_;
};

}  // namespace skiff::storage
