#pragma once
/// Asking a person on the terminal.

#include <string>

namespace skiff::cli {

/// A line from standard input, `question` on standard error in front. With `secret` the terminal does not show what is typed.
/// Throws Error{Invalid} when standard input is no terminal.
std::string ask(const std::string& question, bool secret);

/// All of standard input, without one newline at its end.
std::string read_secret_from_input();

}  // namespace skiff::cli
