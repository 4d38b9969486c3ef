#pragma once
/// Looking for images in registries: the search of docker's version 1 interface, or the catalog of version 2.
/// Source: podman-search(1); docker's registry API v1, "Search"; distribution-spec v1.1 (tags); docker distribution, "Catalog".

#include <string>
#include <vector>

#include "image/registry/options.h"

namespace skiff::image::registry {

struct SearchRequest {
    std::string term;               ///< [HOST/]WORDS; without HOST every registry of unqualified-search-registries is asked
    std::size_t limit = 25;         ///< for each registry
    bool list_tags = false;         ///< `term` is a repository: its tags
    Options options;
};

struct SearchResult {
    std::string index;              ///< the registry
    std::string name;               ///< "HOST/PATH"
    std::string description;
    long stars = 0;
    bool official = false, automated = false;
    std::string tag;                ///< with list_tags
};

/// In a worker process. One registry that fails is an error only when it was named or no other answers.
std::vector<SearchResult> search(const SearchRequest& request);

}  // namespace skiff::image::registry
