#include <algorithm>

#include "cli/doc/describe.h"
#include "cli/doc/pages.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kMaxNameColumn = 34;

struct Row {
    std::string names;
    std::string text;
};

std::string fallback_names(const OptionDescription& option) {
    std::string out;
    for (const auto& letter : option.short_names) out += concat(out.empty() ? "-" : ", -", letter);
    if (!option.long_names.empty()) out += concat(out.empty() ? "--" : ", --", option.long_names.front());
    if (option.takes_value) out += concat("=", option.placeholder);
    return out;
}

Row row_of(const OptionDescription& option, const Page* page) {
    const std::string& name = option.long_names.empty() ? option.short_names.front() : option.long_names.front();
    const PageOption* documented = page == nullptr ? nullptr : find_option(*page, name);
    if (documented == nullptr) return {fallback_names(option), option.text};
    return {std::string{documented->synopsis}, std::string{documented->sentence}};
}

/// `text` in lines of at most `width` characters, the later ones indented.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
    std::string out;
    std::size_t column = 0;
    for (const auto& word : split(text, ' ')) {
        if (column > 0 && column + 1 + word.size() > width) {
            out += '\n' + std::string(indent, ' ');
            column = 0;
        }
        if (column > 0) out.push_back(' '), ++column;
        out += word;
        column += word.size();
    }
    return out;
}

std::string option_lines(const std::vector<Row>& rows) {
    // Options with a letter first, the others aligned below their long name: as pflag and getopt users expect.
    const auto shown = [](const Row& row) { return row.names.starts_with("--") ? concat("    ", row.names) : row.names; };
    std::size_t column = 0;
    for (const Row& row : rows) column = std::max(column, std::min(shown(row).size(), kMaxNameColumn));
    std::string out;
    for (const Row& row : rows) {
        std::string names = shown(row);
        if (names.size() > column) out += concat("  ", names, "\n"), names.clear();
        names.resize(column, ' ');
        out += concat(out.ends_with('\n') || out.empty() ? "  " : "", names, "  ", wrapped(row.text, kWidth - column - 4, column + 4), "\n");
    }
    return out;
}

std::string indented(std::string_view lines) {
    std::string out;
    for (const auto& line : split(lines, '\n')) out += line.empty() ? "\n" : concat("  ", line, "\n");
    return out;
}

std::string usage_of(const CLI::App& app, std::string_view command) {
    std::string out = concat("skiff ", command, " [OPTIONS]");
    const OrderedJson description = describe(app);
    for (const auto& positional : description.at("positionals")) {
        const std::string name = concat(positional.at("name").get<std::string>(), positional.at("repeatable").get<bool>() ? "..." : "");
        out += positional.at("required").get<bool>() ? concat(" ", name) : concat(" [", name, "]");
    }
    return out;
}

}  // namespace

std::string_view command_summary(std::string_view command) {
    const Page* page = find_page(command);
    return page == nullptr ? std::string_view{} : page->summary;
}

std::string help_text(const CLI::App& app, std::string_view command) {
    const Page* page = find_page(command);
    std::vector<Row> rows;
    for (const auto& option : describe_options(app))
        if (!option.hidden) rows.push_back(row_of(option, page));
    std::string out;
    if (page != nullptr) out += concat(wrapped(page->text, kWidth, 0), "\n\n");
    out += concat("Usage:\n", indented(page == nullptr ? usage_of(app, command) : std::string{page->usage}));
    if (!rows.empty()) out += concat("\nOptions:\n", option_lines(rows));
    if (page != nullptr && !page->examples.empty()) out += concat("\nExamples:\n", indented(page->examples));
    return out;
}

}  // namespace skiff::cli
