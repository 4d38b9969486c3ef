/// Layers that nobody refers to, and merged copies of long chains.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "state/intent.h"
#include "storage/blob_store.h"
#include "storage/layer_merge.h"
#include "storage/layer_publish.h"
#include "storage/layer_store.h"
#include "storage/partial_blob.h"
#include "storage/staging.h"
#include "storage/tree_walk.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

struct Condemned {
    Digest chain_id;
    std::string link;
    std::uint64_t size = 0;
};

/// The ID of the merged copy of `top` follows from it, so that it is found, and kept as long.
Digest flattened_id(const Digest& top) { return Digest::of(concat("skiff flattened ", top.text())); }

void drop_dead_leases(const state::Database& db) {
    for (const auto& intent : state::all_intents(db, /*dead_only=*/true)) {
        if (intent.object_kind == "layer" && intent.step == kLeaseStep) state::finish_intent(db, intent.seq);
    }
}

/// What images and leases refer to, with all that lies below. Containers refer to an image.
std::set<std::string> kept_layers(const state::Database& db) {
    auto query = db.prepare(
        "WITH RECURSIVE kept (id) AS ("
        " SELECT top_layer FROM image WHERE top_layer IS NOT NULL"
        " UNION SELECT object_id FROM intent WHERE object_kind = 'layer'"
        " UNION SELECT parent FROM layer JOIN kept ON chain_id = id WHERE parent IS NOT NULL) SELECT id FROM kept");
    std::set<std::string> kept;
    while (query.step()) kept.insert(query.text(0));
    return kept;
}

std::vector<Condemned> condemn(const state::Database& db) {
    auto kept = kept_layers(db);
    std::set<std::string> merged;
    for (const auto& id : kept) merged.insert(flattened_id(Digest::parse(id)).text());
    std::vector<Condemned> condemned;
    auto query = db.prepare("SELECT chain_id, link, size FROM layer");
    while (query.step()) {
        const auto id = query.text(0);
        if (kept.contains(id) || merged.contains(id)) continue;
        condemned.push_back({Digest::parse(id), query.text(1), static_cast<std::uint64_t>(query.integer(2))});
    }
    return condemned;
}

void delete_rows(const state::Database& db, const std::vector<Condemned>& condemned) {
    Json ids = Json::array();
    for (const auto& layer : condemned) ids.push_back(layer.chain_id.text());
    // One statement, since a child's reference to its parent is checked at the end of each.
    db.prepare("DELETE FROM layer WHERE chain_id IN (SELECT value FROM json_each(?))").bind(dump(ids)).run();
}

bool recorded(const state::Database& db, const Digest& chain_id) {
    auto query = db.prepare("SELECT 1 FROM layer WHERE chain_id = ?");
    return query.bind(chain_id.text()).step();
}

/// False when somebody makes the chain anew: theirs now.
bool remove_directory(const fs::path& root, const state::Database& db, const Digest& chain_id) {
    const auto lock = try_lock_chain(root, chain_id);
    if (!lock || recorded(db, chain_id)) return false;
    discard_directory(root, chain_id);
    return true;
}

bool link_recorded(const state::Database& db, const std::string& link) {
    auto query = db.prepare("SELECT 1 FROM layer WHERE link = ?");
    return query.bind(link).step();
}

int sweep_links(const fs::path& root, const state::Database& db) {
    const UniqueFd links = open_at_if_exists(AT_FDCWD, root / "l", O_RDONLY | O_DIRECTORY);
    if (!links) return 0;
    int removed = 0;
    for (const auto& link : list_directory(links.get())) {
        if (link_recorded(db, link)) continue;
        // "../layers/<hex>/diff": who publishes that chain has made its link and not yet its row.
        const auto parts = split(read_link_at(links.get(), link).value_or(std::string{}), '/');
        const auto chain = parts.size() == 4 ? Digest::try_parse(concat("sha256:", parts[2])) : std::nullopt;
        const auto lock = chain ? try_lock_chain(root, *chain) : std::nullopt;
        if (chain && !lock) continue;
        if (link_recorded(db, link)) continue;  // published between the two looks
        remove_link(root, link);
        ++removed;
    }
    return removed;
}

}  // namespace

RemovedLayers LayerStore::remove_unreferenced() const {
    std::vector<Condemned> condemned;
    {
        state::Transaction transaction{*db_};
        drop_dead_leases(*db_);
        condemned = condemn(*db_);
        delete_rows(*db_, condemned);
        transaction.commit();
    }
    fault_point("layer:rows-removed");
    if (!condemned.empty()) db_->sync();  // a power cut must not bring back a row whose directory is gone
    RemovedLayers removed;
    for (const auto& layer : condemned) {
        if (!remove_directory(root_, *db_, layer.chain_id)) continue;
        if (!link_recorded(*db_, layer.link)) remove_link(root_, layer.link);
        ++removed.count;
        removed.bytes += layer.size;
    }
    const BlobStore blobs{root_, *db_};
    removed.blob_bytes = blobs.remove_unreferenced(kPartialBlobAge);
    blobs.sweep();  // rows go first: a removal that was killed in between left files
    sweep();
    sweep_staging(root_);
    return removed;
}

int LayerStore::sweep() const {
    int removed = 0;
    const UniqueFd layers = open_at_if_exists(AT_FDCWD, root_ / "layers", O_RDONLY | O_DIRECTORY);
    for (const auto& name : layers ? list_directory(layers.get()) : std::vector<std::string>{}) {
        const auto chain_id = Digest::try_parse(concat("sha256:", name));
        if (!chain_id) {
            remove_tree_at(layers.get(), name);
            ++removed;
        } else if (!recorded(*db_, *chain_id) && remove_directory(root_, *db_, *chain_id)) {
            ++removed;
        }
    }
    return removed + sweep_links(root_, *db_);
}

LeasedLayer LayerStore::flatten(const Digest& top) const {
    const auto flat = flattened_id(top);
    if (auto present = lease(flat)) return std::move(*present);
    const auto lock = lock_chain(root_, flat);
    if (auto present = lease(flat)) return std::move(*present);
    const auto source = lease(top);
    if (!source) throw Error{ErrorKind::NotFound, concat("layer ", top.text(), " is not in the store"), "pull or load the image again"};
    LayerPublication staged{root_, *db_};
    merge_layers(chain_paths(top), staged.diff_fd());
    const auto size = tree_size(staged.diff_fd());
    staged.sync();
    // It has no archive: its diff ID is its chain ID, which no content can have.
    return staged.publish({flat, std::nullopt, flat, size, {}, std::nullopt, now_nanos()});
}

}  // namespace skiff::storage
