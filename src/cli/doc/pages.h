#pragma once
/// The manual's pages as --help needs them: a table that docs/man/build_pages.py makes from docs/man and
/// docs/options at build time.

#include <span>
#include <string_view>

namespace skiff::cli {

struct PageOption {
    std::string_view name;      ///< long name, or the letter of an option without one
    std::string_view synopsis;  ///< "-e, --env=NAME[=VALUE]"
    std::string_view sentence;  ///< the first of its text, without the full stop
};

struct Page {
    std::string_view command;  ///< "run", "container prune"
    std::string_view summary;
    std::string_view usage;    ///< lines "skiff run [OPTIONS] IMAGE [COMMAND [ARG...]]"
    std::string_view text;     ///< the first paragraph of the description
    std::string_view examples; ///< lines, without indent; empty when there are none
    std::span<const PageOption> options;
};

/// Sorted by command.
std::span<const Page> pages();
/// nullptr when there is no page.
const Page* find_page(std::string_view command);
/// nullptr when the page does not have it.
const PageOption* find_option(const Page& page, std::string_view name);

}  // namespace skiff::cli
