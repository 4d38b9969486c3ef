#pragma once
/// An image as something outside the store offers it: documents read and checked, layers still where they are.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/file_set.h"
#include "image/manifest.h"
#include "image/reference.h"
#include "storage/source.h"
#include "util/digest.h"

namespace skiff::image {

/// A layer's bytes, compressed or not.
struct OfferedLayer {
    Descriptor blob;  ///< what the bytes must be
    Digest diff_id;   ///< what they must be when inflated
    std::function<std::unique_ptr<storage::Source>()> open;
};

struct OfferedImage {
    std::string manifest_type;
    std::string manifest;
    std::string config;
    std::vector<OfferedLayer> layers;  ///< bottom first, as many as the config says
    std::vector<Reference> names;
    std::optional<Digest> index_digest;
    std::string shown;  ///< for errors
    /// The bytes come from a download that verifies them and keeps them as a blob: nothing to hash or keep any more.
    bool kept_by_source = false;
    /// Called once with the position of the first layer that the store lacks, before it is opened; may be empty.
    std::function<void(std::size_t first_missing)> prepare;
    /// Called from another thread than reads: the image is given up (`refused`: for what is in it), and reads of its layers fail soon.
    /// May be empty.
    std::function<void(bool refused)> abandon;
};

/// Which images of a set are wanted.
struct Selection {
    std::string reference;  ///< empty: see `all`
    Platform platform = Platform::host();
    bool all = false;       ///< every image; otherwise more than one is an error that lists them
    std::string fallback_name;  ///< a name for an image that has none of its own; empty: it stays without
};

/// `docker save`'s format: manifest.json, a config and layers in one archive. Files in it are found by name, but nothing in
/// the store is. Throws Error{Corrupt}, Error{NotFound} for a reference that it does not have, Error{Unsupported}
/// for what docker wrote before 1.10.
std::vector<OfferedImage> offer_docker_archive(const FileSet& files, const Selection& selection);

/// An OCI image layout. Source: image-spec, image-layout.md.
std::vector<OfferedImage> offer_oci_layout(const FileSet& files, const Selection& selection);

/// What `skopeo copy … dir:DIR` writes: manifest.json and blobs named by their hex digits.
std::vector<OfferedImage> offer_blob_directory(const FileSet& files, const Selection& selection);

/// By what the set holds: manifest.json as a list, index.json, or manifest.json as a manifest.
std::vector<OfferedImage> offer_any(const FileSet& files, const Selection& selection);

// ---------------------------------------------------------------- shared by the formats

/// Checks that manifest and config agree, and joins them. `open_blob` opens the bytes of a layer.
OfferedImage make_offer(std::string manifest, std::string manifest_type, std::string config, std::string shown,
                        const std::function<std::unique_ptr<storage::Source>(const Descriptor&)>& open_blob);

}  // namespace skiff::image
