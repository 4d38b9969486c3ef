#pragma once

#include <exception>

#include "storage/layer_store.h"

namespace skiff::image {

/// Layers that were unpacked for an image that then failed belong to nobody: removed on destruction, unless done() or keep().
class [[nodiscard]] LeftoverGuard {
public:
    explicit LeftoverGuard(const storage::LayerStore& layers) : layers_{layers} {}
    LeftoverGuard(const LeftoverGuard&) = delete;
    LeftoverGuard& operator=(const LeftoverGuard&) = delete;
    ~LeftoverGuard() {
        if (done_ || keep_) return;
        try {
            layers_.remove_unreferenced();
        } catch (const std::exception&) {
            // The failure being reported matters more; the next removal of an image collects them.
        }
    }
    void done() noexcept { done_ = true; }
    /// Another attempt is likely to need them; the next removal of an image collects them otherwise.
    void keep() noexcept { keep_ = true; }

private:
    const storage::LayerStore& layers_;
    bool done_ = false;
    bool keep_ = false;
};

}  // namespace skiff::image
