#include "image/progress.h"

#include "util/text.h"

namespace skiff::image {
namespace {

constexpr char kMark = '\x1e';  // record separator: no line for people begins with it

}  // namespace

std::string progress_line(const BlobProgress& progress) { return concat(kMark, progress.digest, " ", progress.have_bytes, " ", progress.size_bytes); }

std::optional<BlobProgress> parse_progress(std::string_view line) {
    if (line.empty() || line.front() != kMark) return std::nullopt;
    const auto parts = split(line.substr(1), ' ');
    if (parts.size() != 3) return std::nullopt;
    return BlobProgress{parts[0], parse_uint(parts[1]).value_or(0), parse_uint(parts[2]).value_or(0)};
}

}  // namespace skiff::image
