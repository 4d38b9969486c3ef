#pragma once
/// What `manifest add` and `manifest annotate` say of an entry.

#include <string>
#include <vector>

#include "image/image_index.h"

namespace CLI {
class App;
}

namespace skiff::cli {

struct EntryFlags {
    std::string arch, os, os_version, variant;
    std::vector<std::string> annotations, features, os_features;
};
void add_entry_flags(CLI::App& command, EntryFlags& flags);
/// Changes what the flags speak of. Throws Error{Invalid} for a malformed annotation.
void apply_entry_flags(const EntryFlags& flags, image::IndexEntry& entry);

}  // namespace skiff::cli
