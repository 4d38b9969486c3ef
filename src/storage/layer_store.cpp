#include "storage/layer_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/intent.h"
#include "storage/blob_store.h"
#include "storage/layer_publish.h"
#include "storage/lower_lookup.h"
#include "storage/staging.h"
#include "storage/xattr.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

constexpr const char* kColumns = "chain_id, parent, diff_id, size, link, blob, created_at";

std::optional<Digest> digest_or_null(const state::Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return Digest::parse(row.text(column));
}

Layer layer_from(const state::Statement& row) {
    return {Digest::parse(row.text(0)), digest_or_null(row, 1), Digest::parse(row.text(2)),
            static_cast<std::uint64_t>(row.integer(3)), row.text(4), digest_or_null(row, 5), row.integer(6)};
}

}  // namespace

Digest chain_id_of(const std::optional<Digest>& parent, const Digest& diff_id) {
    return parent ? Digest::of(concat(parent->text(), " ", diff_id.text())) : diff_id;
}

LayerLease& LayerLease::operator=(LayerLease&& other) noexcept {
    std::swap(db_, other.db_);
    std::swap(seq_, other.seq_);
    return *this;
}

LayerLease::~LayerLease() {
    if (db_ == nullptr) return;
    try {
        state::finish_intent(*db_, seq_);
    } catch (const std::exception& error) {
        log::debug(concat("letting go of a layer: ", error.what()));  // its owner's death does it too
    }
}

std::optional<Layer> LayerStore::find(const Digest& chain_id) const {
    auto query = db_->prepare(concat("SELECT ", kColumns, " FROM layer WHERE chain_id = ?"));
    query.bind(chain_id.text());
    if (!query.step()) return std::nullopt;
    return layer_from(query);
}

fs::path LayerStore::diff_path(const Layer& layer) const { return layer_directory(root_, layer.chain_id) / "diff"; }

std::optional<LeasedLayer> LayerStore::lease(const Digest& chain_id) const {
    state::Transaction transaction{*db_};
    auto layer = find(chain_id);
    if (!layer || ::access(diff_path(*layer).c_str(), F_OK) != 0) return std::nullopt;
    const auto seq = state::begin_intent(*db_, "layer", chain_id.text(), kLeaseStep);
    transaction.commit();
    return LeasedLayer{std::move(*layer), LayerLease{*db_, seq}, /*unpacked=*/false};
}

std::vector<Layer> LayerStore::chain(const Digest& top) const {
    // One look for each layer, in one snapshot: compiling a recursive query costs more than the looks.
    const state::Snapshot snapshot{*db_};
    auto query = db_->prepare(concat("SELECT ", kColumns, " FROM layer WHERE chain_id = ?"));
    std::vector<Layer> layers;
    for (std::optional<Digest> next = top; next; next = layers.back().parent) {
        query.reset();
        query.bind(next->text());
        if (!query.step()) break;
        layers.push_back(layer_from(query));
    }
    if (layers.empty()) {
        throw Error{ErrorKind::NotFound, concat("layer ", top.text(), " is not in the store"), "pull or load the image again"};
    }
    return layers;
}

LeasedLayer LayerStore::restore(const Layer& layer) const {
    const BlobStore blobs{root_, *db_};
    if (!layer.blob || !blobs.contains(*layer.blob))
        throw Error{ErrorKind::NotFound, concat("layer ", layer.chain_id.text(), ": the archive that it came from is not in the store"), "remove its images, then pull or load them again"};
    LayerRequest request;
    request.parent = layer.parent;
    request.expected_diff_id = layer.diff_id;
    request.blob = layer.blob;
    return apply(request, [&] { return std::make_unique<FdSource>(blobs.open(*layer.blob), layer.blob->text()); });
}

std::vector<fs::path> LayerStore::chain_paths(const Digest& top) const {
    std::vector<fs::path> paths;
    for (const auto& layer : chain(top)) {
        paths.push_back(diff_path(layer));
        if (is_opaque(paths.back().native())) break;  // its root hides all that lies below
    }
    return paths;
}

std::vector<LowerDir> LayerStore::lower_dirs(const Digest& top) const {
    std::vector<LowerDir> lower;
    for (const auto& layer : chain(top)) {
        const auto path = diff_path(layer);
        if (::access(path.c_str(), F_OK) != 0) {
            throw Error{ErrorKind::Corrupt, concat("layer ", layer.chain_id.text(), ": its directory is missing"),
                        "pull or load the image again"};
        }
        if (lower.size() + 1 == kMaxLowerDirs && layer.parent) {
            const auto merged = flatten(layer.chain_id);
            lower.push_back({diff_path(merged.layer), merged.layer.link});
            break;
        }
        lower.push_back({path, layer.link});
        // overlayfs heeds an opaque mark on every directory but a layer's root, so the stack ends here.
        if (is_opaque(path.native())) break;
    }
    return lower;
}

}  // namespace skiff::storage
