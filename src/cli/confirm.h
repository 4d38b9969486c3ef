#pragma once

#include <string_view>

namespace skiff::cli {

/// Asks `question` on standard error and reads an answer from standard input; "y" and "yes" are yes, all else,
/// end of file included, is no.
bool confirm(std::string_view question);

}  // namespace skiff::cli
