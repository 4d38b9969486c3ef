#pragma once
/// Giving images and other documents to a registry.

#include <functional>
#include <string_view>

#include "image/image_store.h"
#include "image/outgoing.h"
#include "image/outgoing_document.h"
#include "image/reference.h"
#include "image/registry/options.h"

namespace skiff::image::registry {

/// Sends what `destination` lacks, layers first, the manifest last. Blobs that another repository of the registry should have,
/// going by the names of local images, are mounted from there. In a worker process.
void push_image(const ImageStore& store, const OutgoingImage& image, const Reference& destination, const Options& options,
                const std::function<void(std::string_view line)>& report);

/// The same for several documents: all but the last are put under their digests. `begun` is called before each with its
/// position, counted from 1.
void push_documents(const ImageStore& store, const OutgoingDocuments& documents, const Reference& destination, const Options& options,
                    const std::function<void(std::string_view line)>& report, const std::function<void(const OutgoingDocument&, std::size_t)>& begun);

/// Signs documents that were pushed to `destination`, all but the last by digest. See image/signature/requirement.h.
void sign_documents(const std::vector<Digest>& documents, const Reference& destination, const Options& options, const SigningKeys& keys);

}  // namespace skiff::image::registry
