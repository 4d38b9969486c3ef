#pragma once

#include <string_view>

namespace skiff::cli {

/// Asks `question` on standard error and reads an answer from standard input; "y" and "yes" are yes, all else is no.
/// Throws Error{Invalid} at end of file: nobody is there to answer.
bool confirm(std::string_view question);

}  // namespace skiff::cli
