#pragma once
/// `search`, in a worker process like the jobs of jobs.h.

#include <vector>

#include "image/registry/search.h"

namespace skiff::image {

/// See registry::search.
std::vector<registry::SearchResult> run_search(const registry::SearchRequest& request);

}  // namespace skiff::image
