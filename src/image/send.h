#pragma once
/// From a request to its destination: what the jobs `push` and `save` do in their worker.

#include "image/jobs.h"
#include "image/receive.h"

namespace skiff::image {

/// Gives back the digest of the manifest that was written. Throws Error{NotFound} for an image that is gone.
Digest send_image(const ImageStore& store, const PushRequest& request, const OutgoingOptions& wanted, const Report& report);

/// index.json of the OCI layout at `directory`; empty when there is none.
std::string index_of_layout(const std::string& directory);

void save_images(const ImageStore& store, const SaveRequest& request, const ReceiveOptions& options);

/// Throws Error{Invalid} when what goes to `destination` cannot be signed: asked before anything is sent.
void check_destination_signing(const Location& destination, const SigningKeys& keys, const registry::Options& options);

}  // namespace skiff::image
