#pragma once
/// How far a blob has come, as a line among those that a job reports: whoever shows lines shows a bar instead or nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/digest.h"

namespace skiff::image {

struct BlobProgress {
    std::string digest;
    std::uint64_t have_bytes = 0;
    std::uint64_t size_bytes = 0;
};

std::string progress_line(const BlobProgress& progress);
/// nullopt for a line for people.
std::optional<BlobProgress> parse_progress(std::string_view line);

}  // namespace skiff::image
