#pragma once
/// Giving images and other documents to a registry.

#include <functional>
#include <memory>
#include <string_view>

#include "image/image_store.h"
#include "image/outgoing.h"
#include "image/outgoing_document.h"
#include "image/reference.h"
#include "image/registry/options.h"

namespace skiff::image::registry {

/// Sends what `destination` lacks of an image, layers first, the manifest last. Blobs that another repository of the registry should have,
/// going by the names of local images, are mounted from there. In two steps, as layers may be sent while others are still being
/// compressed (OutgoingOptions::ready). In a worker process.
class ImagePush {
public:
    /// All arguments outlive it. Opens the session.
    ImagePush(const ImageStore& store, const Reference& destination, const Options& options, const std::function<void(std::string_view line)>& report);
    ImagePush(const ImagePush&) = delete;
    ImagePush& operator=(const ImagePush&) = delete;
    ~ImagePush();
    /// Sends one layer, unless it is there. From any thread.
    void layer(const OutgoingLayer& layer);
    /// Sends the rest, the manifest last.
    void finish(const OutgoingImage& image);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The same for several documents: all but the last are put under their digests. `begun` is called before each with its
/// position, counted from 1.
void push_documents(const ImageStore& store, const OutgoingDocuments& documents, const Reference& destination, const Options& options,
                    const std::function<void(std::string_view line)>& report, const std::function<void(const OutgoingDocument&, std::size_t)>& begun);

/// Signs documents that were pushed to `destination`, all but the last by digest. See image/signature/requirement.h.
void sign_documents(const std::vector<Digest>& documents, const Reference& destination, const Options& options, const SigningKeys& keys);

}  // namespace skiff::image::registry
