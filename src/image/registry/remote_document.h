#pragma once
/// Manifests as a registry has them, for those who look at them or pass them on, not for pulling images.

#include <string>
#include <vector>

#include "image/image_index.h"
#include "image/outgoing_document.h"
#include "image/reference.h"
#include "image/registry/api.h"
#include "image/registry/options.h"

namespace skiff::image::registry {

/// Whatever the reference names: manifest, index or an artifact's manifest, byte for byte.
FetchedManifest remote_manifest(const Reference& reference, const Options& options);

/// What a reference of a registry gives an index: an image's manifest with the platform of its config; of an index the entry for
/// `platform`, or all of them.
std::vector<IndexEntry> remote_entries(const Reference& reference, bool all, const Platform& platform, const Options& options);

/// The document and, before it, those that it names; blobs are read from the registry when they are opened. `options` outlives
/// the result.
OutgoingDocuments remote_documents(const Reference& reference, const Options& options);

}  // namespace skiff::image::registry
