#pragma once
/// Names for completion, straight from the database: opened read-only, no lock, no repair, a query a kind.

#include <filesystem>
#include <memory>

#include "cli/complete/complete.h"

namespace skiff::cli {

/// Gives nothing when there is no database below `root` or it cannot be read.
std::unique_ptr<CompletionData> completion_data(const std::filesystem::path& root);

}  // namespace skiff::cli
