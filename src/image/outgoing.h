#pragma once
/// An image of the store as it leaves: documents and layer archives, in the form that its destination wants.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/image_store.h"
#include "image/manifest.h"
#include "image/signature/requirements.h"
#include "storage/source.h"
#include "storage/staging.h"

namespace skiff::image {

enum class ManifestFormat { Oci, Docker };

struct OutgoingLayer;

struct OutgoingOptions {
    std::optional<ManifestFormat> format;               ///< absent: as the image has it
    std::optional<storage::Compression> compression;    ///< of layers that have to be compressed anew: gzip
    bool chunked = false;                               ///< with zstd: as zstd:chunked, where its table can describe the layer
    std::optional<int> level;
    bool force_compression = false;                     ///< also layers that are compressed otherwise
    SigningKeys signing;                                ///< of what goes to a registry
    bool may_dlopen = false;
    /// Called from any thread for each layer that had to be compressed, as soon as it is: it may be sent while others are compressed.
    std::function<void(const OutgoingLayer&)> ready;
};

struct OutgoingLayer {
    Descriptor blob;
    Digest diff_id;
    std::function<std::unique_ptr<storage::Source>()> open;        ///< the bytes of `blob`
    std::function<std::unique_ptr<storage::Source>()> open_plain;  ///< the uncompressed archive, verified at its end
};

struct OutgoingImage {
    std::string manifest;
    std::string manifest_type;
    Descriptor config_blob;
    std::string config;
    std::vector<OutgoingLayer> layers;  ///< bottom first
};

/// Layers whose kept blob is what the manifest says go out byte for byte, and the manifest too; where one has to be compressed
/// anew, or another format is wanted, the manifest is written anew. Throws Error{NotFound} for a layer whose archive
/// the store does not have. What is compressed anew is kept in that form from then on where no manifest names the other
/// (kept_archive.h). `store` outlives the result.
OutgoingImage outgoing_image(const ImageStore& store, const ImageRecord& record, const OutgoingOptions& options);

/// Only for formats that hold uncompressed layers: nothing is compressed, `blob` is not filled in beyond what is stored.
OutgoingImage outgoing_plain(const ImageStore& store, const ImageRecord& record, bool may_dlopen);

}  // namespace skiff::image
