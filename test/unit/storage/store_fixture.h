#pragma once
/// A store in a scratch directory with its database.

#include <memory>

#include "scratch.h"
#include "state/database.h"
#include "storage/blob_store.h"
#include "storage/container_storage.h"
#include "storage/layer_store.h"
#include "tar_builder.h"

namespace skiff::test {

struct Store {
    Scratch scratch;
    fs::path root = scratch.path() / "store";
    state::Database db;
    storage::BlobStore blobs;
    storage::LayerStore layers;
    storage::ContainerStorage containers;

    Store() : db{open()}, blobs{root, db}, layers{root, db}, containers{root, layers} {}

    storage::LeasedLayer apply(const std::string& tar, const std::optional<Digest>& parent = {}) const {
        return layers.apply({.parent = parent, .expected_diff_id = Digest::of(tar)},
                            [&] { return std::make_unique<storage::MemorySource>(tar); });
    }
    /// An image row, so that the layer stays.
    void add_image(const std::string& id, const Digest& top) const {
        db.prepare("INSERT INTO image (id, manifest_digest, manifest_type, manifest, config, top_layer, size, created_at, pulled_at, used_at) "
                   "VALUES (?, 'sha256:0', 't', '{}', '{}', ?, 0, 0, 0, 0)").bind(id).bind(top.text()).run();
    }
    std::size_t entries(const char* directory) const {
        std::size_t count = 0;
        if (!fs::exists(root / directory)) return 0;
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator(root / directory)) ++count;
        return count;
    }

private:
    state::Database open() const {
        fs::create_directories(root);
        state::Database fresh{root / "skiff.db", state::Database::Access::ReadWrite};
        state::migrate(fresh);
        return fresh;
    }
};

}  // namespace skiff::test
