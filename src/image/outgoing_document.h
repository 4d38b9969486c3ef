#pragma once
/// Manifests, and the blobs they name, on their way to a destination: what `manifest push` and artifacts have in common.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "image/file_writer.h"
#include "image/image_index.h"
#include "image/image_store.h"
#include "image/outgoing.h"
#include "image/registry/options.h"
#include "image/transport.h"
#include "storage/source.h"

namespace skiff::image {

struct OutgoingBlob {
    Descriptor blob;
    std::function<std::unique_ptr<storage::Source>()> open;
    std::string known_at;  ///< "HOST/PATH" of a registry that has it; may be empty
};

/// One manifest or index and what it needs beside other documents.
struct OutgoingDocument {
    std::string text;
    std::string media_type;
    std::vector<OutgoingBlob> blobs;
};

/// Documents in the order in which a destination takes them: the last one names all others and gets the name.
using OutgoingDocuments = std::vector<OutgoingDocument>;

/// An image as a document.
OutgoingDocument as_document(OutgoingImage image);

/// Gives them to `destination` (a registry, oci:, oci-archive: or dir:). Returns the digest of the last. Throws
/// Error{Unsupported} for other transports.
Digest send_documents(const ImageStore& store, const OutgoingDocuments& documents, const Location& destination, const registry::Options& options,
                      const std::function<void(std::string_view line)>& report);

/// An index with its images (`all`) or alone. Images that are here go out as outgoing_image makes them, those in registries
/// byte for byte. Throws Error{NotFound} for an image that is in neither place. All arguments outlive the result.
OutgoingDocuments outgoing_index(const ImageStore& store, const ImageIndex& index, const OutgoingOptions& wanted, bool all, const registry::Options& options);

}  // namespace skiff::image
