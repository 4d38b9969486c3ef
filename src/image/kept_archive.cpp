#include "image/kept_archive.h"

#include <unistd.h>

#include "state/database.h"
#include "state/intent.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/text.h"

namespace skiff::image {
namespace {

void exchange_blob(const state::Database& db, const storage::Layer& layer, const Digest& former, const Digest& made, std::int64_t lease) {
    state::Transaction transaction{db};
    db.prepare("UPDATE layer SET blob = ?1 WHERE chain_id = ?2 AND blob = ?3 AND NOT EXISTS (SELECT 1 FROM image WHERE instr(manifest, ?3))")
        .bind(made.text()).bind(layer.chain_id.text()).bind(former.text()).run();
    state::finish_intent(db, lease);
    transaction.commit();
}

}  // namespace

KeptArchive keep_instead(const ImageStore& store, const storage::Layer& layer, storage::BlobWriter made) {
    const storage::BlobStore blobs{store.root(), store.db()};
    const auto [blob, lease] = made.commit_leased();
    KeptArchive kept{blob, std::make_shared<UniqueFd>(blobs.open(blob.digest))};
    if (::fdatasync(kept.file->get()) != 0) throw SystemError{errno, concat("syncing blob ", blob.digest.text())};
    fault_point("kept-archive:synced");
    const auto former = layer.blob.value_or(blob.digest);
    exchange_blob(store.db(), layer, former, blob.digest, lease);
    fault_point("kept-archive:exchanged");
    blobs.remove_unreferenced({former, blob.digest});
    return kept;
}

}  // namespace skiff::image
