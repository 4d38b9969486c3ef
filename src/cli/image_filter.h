#pragma once
/// `--filter KEY=VALUE` of `images` and `image prune`. Different keys must all match; labels too; of other keys given
/// several times one is enough. Source: podman-images(1), podman-image-prune(1).

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "image/image_store.h"

namespace skiff::cli {

class ImageFilter {
public:
    /// Throws Error{Invalid} for a key or a value that there is not, Error{NotFound} for `before=IMAGE` and such.
    ImageFilter(const image::ImageStore& store, const std::vector<std::string>& filters);

    bool matches(const image::ImageRecord& image) const;
    /// Whether a row of this name is shown: true unless `reference` says otherwise.
    bool shows_name(std::string_view name) const;
    /// True when a filter asks for intermediate images, one way or the other.
    bool names_intermediate() const { return tests_.contains("intermediate"); }

private:
    using Test = std::function<bool(const image::ImageRecord&)>;
    void add(const image::ImageStore& store, const std::string& key, const std::string& value);
    std::map<std::string, std::vector<Test>> tests_;
    std::vector<std::string> patterns_;
};

/// Nameless, and layers of other images lie above its own.
bool is_intermediate(const image::ImageStore& store, const image::ImageRecord& image);

}  // namespace skiff::cli
