#pragma once
/// Reading a command line as podman does. Source: the conventions of the Go package pflag, which podman's users
/// type by habit; CLI11's own parser differs in many of them (values that start with a dash, empty values, lists).
///
///   --name=value  --name value (the next word, whatever it is)  --flag  --flag=false
///   -n value  -nvalue  -n=value  -it (letters of flags together, the last may take a value)
///   --  ends the options;  -  is an argument

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace skiff::cli {

struct ParseRules {
    /// False: the first argument ends the options (run, create, exec: the rest belongs to the container).
    bool interspersed = true;
    /// Options that are accepted as well, where the command has none of that name; may be null.
    CLI::App* globals = nullptr;
    /// Registers every option, where `command` has only those that may be named: for hints. May be empty.
    std::function<void(CLI::App&)> define_all;
};

/// True when --help (or -h, where the command has no other use for it) was met; nothing is set then.
enum class ParseResult { Ready, HelpWanted };

/// Fills the variables behind the options and arguments of `command` from `words`. Throws Error{Invalid}, with the
/// nearest known name as hint.
ParseResult parse_words(CLI::App& command, const std::vector<std::string>& words, const ParseRules& rules);

/// The global options in front of the command: how many words they take. Stops at the first argument.
struct Leading {
    std::size_t consumed = 0;
    ParseResult result = ParseResult::Ready;
};
Leading parse_leading(CLI::App& globals, const std::vector<std::string>& words,
                      std::function<void(CLI::App&)> define_all = {});

/// Hands the values collected for `app` to its variables. parse_words does so itself.
void run_option_callbacks(CLI::App& app);

/// Go's strconv.ParseBool. Throws Error{Invalid} naming the option.
bool parse_bool(std::string_view option, std::string_view text);

/// The name in `known` nearest to `typed`; empty when none is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace skiff::cli
