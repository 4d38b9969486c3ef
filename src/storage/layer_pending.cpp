#include "storage/layer_pending.h"

#include "storage/blob_keeper.h"
#include "storage/blob_store.h"
#include "storage/layer_publish.h"
#include "storage/lower_lookup.h"
#include "storage/staging.h"
#include "storage/xattr.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

void require_sha256(const Digest& digest, std::string_view what) {
    if (digest.is_sha256()) return;
    throw Error{ErrorKind::Unsupported, concat(what, " ", digest.text(), ": only sha256 is stored")};
}

/// Diff directories, top first, down to a layer whose root is opaque.
std::vector<fs::path> lower_paths(const LayerStore& layers, const Digest& top) {
    std::vector<fs::path> paths;
    for (const auto& layer : layers.chain(top)) {
        paths.push_back(layers.diff_path(layer));
        if (is_opaque(paths.back().native())) break;  // its root hides all that lies below
    }
    return paths;
}

}  // namespace

struct PendingLayer::State {
    State(LayerRequest wanted, SourceOpener opener) : request{std::move(wanted)}, open_source{std::move(opener)} {}

    LayerRequest request;
    SourceOpener open_source;
    std::optional<LeasedLayer> present;
    std::optional<Digest> chain_id;  ///< known when the diff ID is expected
    ChainLock lock;
    std::optional<LayerPublication> staged;
    std::unique_ptr<Source> source;
    std::optional<BlobKeeper> keeper;  ///< when nobody else keeps the bytes
    UnpackedLayer unpacked{Digest::of(""), 0, {}};
};

PendingLayer::PendingLayer(std::unique_ptr<State> state) : state_{std::move(state)} {}
PendingLayer::PendingLayer(PendingLayer&& other) noexcept = default;
PendingLayer& PendingLayer::operator=(PendingLayer&& other) noexcept = default;
PendingLayer::~PendingLayer() = default;

bool PendingLayer::present() const noexcept { return state_->present.has_value(); }

void PendingLayer::unpack() {
    auto& state = *state_;
    state.source = state.open_source();
    if (state.keeper) state.keeper->follow(*state.source);
    state.unpacked = state.staged->unpack(state.keeper ? static_cast<Source&>(*state.keeper) : *state.source, state.request);
    if (state.request.expected_diff_id) require_digest(*state.request.expected_diff_id, state.unpacked.diff_id, "layer");
    if (state.request.before_publish) state.request.before_publish();
}

PendingLayer begin_layer(const fs::path& root, const state::Database& db, const LayerRequest& request, SourceOpener open_source) {
    const LayerStore layers{root, db};
    auto state = std::make_unique<PendingLayer::State>(request, std::move(open_source));
    if (request.expected_diff_id) {
        require_sha256(*request.expected_diff_id, "diff ID");
        state->chain_id = chain_id_of(request.parent, *request.expected_diff_id);
        if ((state->present = layers.lease(*state->chain_id))) return PendingLayer{std::move(state)};
        state->lock = lock_chain(root, *state->chain_id);
        if ((state->present = layers.lease(*state->chain_id))) return PendingLayer{std::move(state)};  // the one who held the lock did it
    }
    sweep_staging(root);  // a crash in the middle of a pull may have left gigabytes
    state->staged.emplace(root, db);
    if (!request.blob) state->keeper.emplace(BlobStore{root, db}, request.source.may_dlopen);
    return PendingLayer{std::move(state)};
}

LeasedLayer finish_layer(const fs::path& root, const state::Database& db, PendingLayer pending) {
    const LayerStore layers{root, db};
    auto& state = *pending.state_;
    if (state.present) return std::move(*state.present);
    const auto& parent_id = state.request.parent;
    std::optional<LeasedLayer> parent;
    if (parent_id && !(parent = layers.lease(*parent_id)))
        throw Error{ErrorKind::NotFound, concat("parent layer ", parent_id->text(), " is not in the store")};
    if (parent) inherit_metadata(state.staged->diff_fd(), state.unpacked.implied, lower_opener(lower_paths(layers, *parent_id)));
    auto blob = state.request.blob;
    LayerLease blob_lease;
    if (state.keeper) {
        auto kept = state.keeper->commit();
        blob = kept.blob.digest;
        blob_lease = LayerLease{db, kept.lease};
    }
    state.staged->sync();
    const auto chain_id = chain_id_of(parent_id, state.unpacked.diff_id);
    if (!state.chain_id) {
        state.lock = lock_chain(root, chain_id);
        if (auto there = layers.lease(chain_id)) return std::move(*there);
    }
    return state.staged->publish({chain_id, parent_id, state.unpacked.diff_id, state.unpacked.size, {}, blob, now_nanos()});
}

LeasedLayer LayerStore::apply(const LayerRequest& request, const std::function<std::unique_ptr<Source>()>& open_source) const {
    auto pending = begin_layer(root_, *db_, request, open_source);
    if (pending.present()) return finish_layer(root_, *db_, std::move(pending));
    if (request.parent && !find(*request.parent)) throw Error{ErrorKind::NotFound, concat("parent layer ", request.parent->text(), " is not in the store")};
    pending.unpack();
    return finish_layer(root_, *db_, std::move(pending));
}

}  // namespace skiff::storage
