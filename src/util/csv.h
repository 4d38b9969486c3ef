#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skiff {

/// One CSV record taken apart: fields between commas, those with commas in quotes, a quote inside doubled. Throws
/// Error{Invalid} for a quote anywhere else. Source: RFC 4180.
std::vector<std::string> split_csv(std::string_view record);

}  // namespace skiff
