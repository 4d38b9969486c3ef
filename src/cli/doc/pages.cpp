#include "cli/doc/pages.h"

#include <algorithm>
#include <array>

namespace skiff::cli {
namespace {
#include "pages_table.h"
}  // namespace

std::span<const Page> pages() { return kPages; }

const Page* find_page(std::string_view command) {
    const auto all = pages();
    const auto found = std::lower_bound(all.begin(), all.end(), command, [](const Page& page, std::string_view name) { return page.command < name; });
    return found != all.end() && found->command == command ? &*found : nullptr;
}

const PageOption* find_option(const Page& page, std::string_view name) {
    const auto found = std::find_if(page.options.begin(), page.options.end(), [&](const PageOption& option) { return option.name == name; });
    return found == page.options.end() ? nullptr : &*found;
}

}  // namespace skiff::cli
