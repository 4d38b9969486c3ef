#pragma once
/// Work on indexes that needs a registry or compresses: in a worker process, like jobs.h.

#include <string>
#include <vector>

#include "image/image_index.h"
#include "image/jobs.h"

namespace skiff::image {

/// The entries that `reference` (complete) gives an index, looked up in its registry. See registry::remote_entries.
std::vector<IndexEntry> run_remote_entries(const Reference& reference, bool all, const registry::Options& options);

/// The document that `reference` (complete) names in its registry, byte for byte.
std::string run_remote_manifest(const Reference& reference, const registry::Options& options);

struct IndexPush {
    std::string id;        ///< of the index
    Location destination;  ///< for Docker, `path` is a complete reference
    OutgoingOptions outgoing;
    registry::Options options;
    bool all = true;       ///< the images as well
};
/// `manifest push`. Returns the digest of the index at the destination.
Digest run_index_push(const ImageStore& store, const IndexPush& request, const Report& report);

}  // namespace skiff::image
