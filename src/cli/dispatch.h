#pragma once
/// From the words of a command line to an exit status.

#include <string>
#include <vector>

#include "cli/invocation.h"

namespace skiff::cli {

/// `words`: argv, the program first. Prints, and never throws.
int run_command_line(const std::vector<std::string>& words, Environment environment);

/// Fills `invocation` (which must stay where it is: options are bound to it) and prints nothing; help and version
/// become actions that print. Throws Error.
void parse_command_line(const std::vector<std::string>& words, Invocation& invocation);

}  // namespace skiff::cli
