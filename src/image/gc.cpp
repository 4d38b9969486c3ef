#include "image/gc.h"

#include <algorithm>
#include <map>
#include <set>

#include "image/image_rows.h"

namespace skiff::image {
namespace {

struct StoredLayer {
    std::optional<std::string> parent;
    std::uint64_t bytes = 0;  ///< with the archive that it came from
};
using StoredLayers = std::map<std::string, StoredLayer>;

StoredLayers stored_layers(const state::Database& db) {
    auto rows = db.prepare("SELECT chain_id, parent, layer.size + coalesce(blob.size, 0) FROM layer LEFT JOIN blob ON blob.digest = layer.blob");
    StoredLayers layers;
    while (rows.step()) layers.emplace(rows.text(0), StoredLayer{rows.text_or_null(1), static_cast<std::uint64_t>(rows.integer(2))});
    return layers;
}

/// How many images need each layer, and what all of them take.
class Usage {
public:
    Usage(const StoredLayers& layers, const std::vector<ImageRecord>& images) : layers_{layers} {
        for (const auto& image : images)
            for_chain(image, [&](const std::string& id, const StoredLayer& layer) {
                if (++users_[id] == 1) total_ += layer.bytes;
            });
    }

    std::uint64_t total() const noexcept { return total_; }

    void drop(const ImageRecord& image) {
        for_chain(image, [&](const std::string& id, const StoredLayer& layer) {
            if (--users_[id] == 0) total_ -= layer.bytes;
        });
    }

private:
    template <typename Step>
    void for_chain(const ImageRecord& image, Step&& step) const {
        auto id = image.top_layer ? std::optional{image.top_layer->text()} : std::nullopt;
        while (id) {
            const auto layer = layers_.find(*id);
            if (layer == layers_.end()) return;
            step(layer->first, layer->second);
            id = layer->second.parent;
        }
    }

    const StoredLayers& layers_;
    std::map<std::string, int> users_;
    std::uint64_t total_ = 0;
};

bool may_go(const ImageStore& store, const ImageRecord& image, const GcOptions& options, const std::map<std::string, int>& containers) {
    if (options.used_before && image.used_at >= *options.used_before) return false;
    return !containers.contains(image.id) && !store.in_index(image.id) && !(options.in_use && options.in_use(image));
}

}  // namespace

GcPlan plan_gc(const ImageStore& store, const GcOptions& options) {
    const state::Snapshot snapshot{store.db()};
    auto images = read_all_images(store.db());
    const auto layers = stored_layers(store.db());
    const auto containers = store.container_counts();
    Usage usage{layers, images};
    const auto before = usage.total();
    std::ranges::stable_sort(images, {}, &ImageRecord::used_at);
    GcPlan plan;
    for (const auto& image : images) {
        if (options.keep_bytes && usage.total() <= *options.keep_bytes) break;
        if (!may_go(store, image, options, containers)) continue;
        usage.drop(image);
        plan.victims.push_back(image);
    }
    plan.freed_bytes = before - usage.total();
    return plan;
}

}  // namespace skiff::image
