#pragma once
/// What the parser accepts, as data; and --help, from the same pages as the manual (docs/man).
/// CLI11's options are the truth about names and values; texts come from the pages.

#include <string>
#include <string_view>
#include <vector>

#include "util/json.h"

namespace CLI {
class App;
}

namespace skiff::cli {

struct OptionDescription {
    std::vector<std::string> long_names;   ///< without dashes, the first is the canonical one
    std::vector<std::string> short_names;  ///< one letter each, without dash
    bool takes_value = false;
    bool value_optional = false;           ///< `--flag` alone is allowed too (`--flag=value`)
    bool repeatable = false;
    bool hidden = false;                   ///< CLI11 group "", or refused with a reason
    std::string placeholder;               ///< of the value: NAME, FILE
    std::string text;                      ///< CLI11's description
};

/// The named options of `app`, sorted by long name. Positionals are left out.
std::vector<OptionDescription> describe_options(const CLI::App& app);

/// {"name", "positionals": [{"name", "required", "repeatable"}], "options": [{"names", "short", "takes_value",
/// "value", "repeatable", "hidden"}]}: the output of the hidden `skiff __dump COMMAND`, which
/// test/lint/check_docs.py compares with the manual pages.
OrderedJson describe(const CLI::App& app);

/// The text of `skiff COMMAND --help`: summary, usage, options of `app` with the first sentence that
/// the manual has for each, and the manual's examples. `command` is the path, "container prune".
std::string help_text(const CLI::App& app, std::string_view command);

/// The one-line summary of a command's page; empty when there is no page.
std::string_view command_summary(std::string_view command);

}  // namespace skiff::cli
