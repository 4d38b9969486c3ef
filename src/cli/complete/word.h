#pragma once
/// Where the cursor stands on a command line. Private to completion.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/complete/complete.h"
#include "cli/doc/describe.h"

namespace skiff::cli::completion {

using Options = std::vector<OptionDescription>;

const OptionDescription* find_long(const Options& options, std::string_view name);
const OptionDescription* find_short(const Options& options, char letter);

/// What the last word is.
struct Place {
    enum class Kind { OptionName, OptionValue, Argument };
    Kind kind = Kind::Argument;
    const OptionDescription* option = nullptr;  ///< OptionValue
    std::string prefix;                         ///< OptionValue in the word of its option: "--name=", "-n"
    std::string text;                           ///< the value, name or argument as far as it is typed
    std::vector<std::string> arguments;         ///< the arguments in front, without options
};

/// `words` follow the command's name, the last is under the cursor. Without `interspersed`, options end at the first argument.
Place find_place(const std::vector<std::string>& words, const Options& options, bool interspersed);

}  // namespace skiff::cli::completion
