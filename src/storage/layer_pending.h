#pragma once
/// LayerStore::apply in its steps, so that several layers of a chain are unpacked side by side: begin_layer for each from the bottom
/// up, then unpack() in any order and thread, then finish_layer from the bottom up.
///
/// Locks: a pending layer holds its chain's lock (see layer_store.h); who holds several has begun the lower ones first.

#include <filesystem>
#include <functional>
#include <memory>

#include "state/database.h"
#include "storage/layer_store.h"
#include "storage/source.h"

namespace skiff::storage {

namespace fs = std::filesystem;
using SourceOpener = std::function<std::unique_ptr<Source>()>;

/// A layer on its way into the store: found there already, or staged. Destroyed before finish_layer, it leaves nothing. Move-only.
class [[nodiscard]] PendingLayer {
public:
    PendingLayer(PendingLayer&& other) noexcept;
    PendingLayer& operator=(PendingLayer&& other) noexcept;
    ~PendingLayer();

    /// It was there already: there is nothing to unpack.
    bool present() const noexcept;
    /// Reads, hashes and unpacks the source. To be called once; uses neither the database nor other layers. Throws Error{Corrupt}
    /// naming both digests, and what the source and apply_layer throw.
    void unpack();

private:
    friend PendingLayer begin_layer(const fs::path& root, const state::Database& db, const LayerRequest& request, SourceOpener open_source);
    friend LeasedLayer finish_layer(const fs::path& root, const state::Database& db, PendingLayer pending);
    struct State;
    explicit PendingLayer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Waits for another process that has begun the same chain. `request.parent` need not exist yet. `open_source` is called by unpack().
PendingLayer begin_layer(const fs::path& root, const state::Database& db, const LayerRequest& request, SourceOpener open_source);

/// Makes the layer visible. Throws Error{NotFound} for a missing parent.
LeasedLayer finish_layer(const fs::path& root, const state::Database& db, PendingLayer pending);

}  // namespace skiff::storage
