#include "cli/format/listing.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cli/format/go_string.h"
#include "cli/format/renamed_members.h"
#include "cli/format/tabwriter.h"
#include "cli/format/template.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::string_view kTable = "table";

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

/// The text behind "table", nullopt when `format` is no table. "table" alone is the default table.
std::optional<std::string_view> table_template(std::string_view format) {
    if (!format.starts_with(kTable)) return std::nullopt;
    if (format.size() == kTable.size()) return std::string_view{};
    if (format[kTable.size()] != ' ' && !format.substr(kTable.size()).starts_with("\\t")) return std::nullopt;
    return format.substr(kTable.size() + (format[kTable.size()] == ' ' ? 1 : 2));
}

bool ends_line(std::string_view format) { return format.ends_with('\n') || format.ends_with("\\n"); }

void append_row(const Template& cells, const OrderedJson& row, const Listing& listing, bool newline, std::string& out) {
    cells.execute(row, out, listing.methods, listing.maps);
    if (newline) out.push_back('\n');
}

bool is_known(const Listing& listing, std::string_view field) {
    if (listing.rows.empty() || listing.methods.find(field) != listing.methods.end()) return true;
    const auto& rows = listing.rows;
    const auto keys = tmpl::json_keys(field);
    return std::any_of(rows.begin(), rows.end(), [&](const OrderedJson& row) {
        return row.contains(field) || std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return row.contains(key); });
    });
}

std::string title_of(const Listing& listing, std::string_view field) {
    const auto found = listing.headers.find(field);
    if (found != listing.headers.end()) return found->second;
    if (!is_known(listing, field)) throw Error{ErrorKind::Invalid, concat("can't evaluate field ", field)};
    return derived_header(field);
}

std::string render_table(const Listing& listing, const ListingOptions& options, std::string_view user_template) {
    TemplateOptions parsing;
    const bool custom = !user_template.empty();
    parsing.unescape_text = custom;
    parsing.spaces_are_tabs = custom;
    parsing.column_offset = custom ? static_cast<int>(options.format.size() - user_template.size()) : 0;
    const auto cells = Template::parse(listing.name, custom ? user_template : listing.default_template, parsing);
    const bool newline = !custom || !ends_line(user_template);
    std::string out;
    cells.execute_titles([&](std::string_view field) { return title_of(listing, field); }, out);
    if (newline) out.push_back('\n');
    if (options.no_heading) out.clear();
    for (const auto& row : listing.rows) append_row(cells, row, listing, newline, out);
    return align_columns(out, options.stops);
}

/// A template that ranges itself sees the list.
bool wants_list(std::string_view format) {
    if (!format.starts_with("{{")) return false;
    const std::size_t word = format.find_first_not_of("- \t\n", 2);
    return word != std::string_view::npos && format.substr(word).starts_with("range");
}

std::string render_template(const Listing& listing, const ListingOptions& options) {
    TemplateOptions parsing;
    parsing.unescape_text = true;
    const auto cells = Template::parse(listing.name, options.format, parsing);
    const bool newline = !ends_line(options.format);
    std::string out;
    if (wants_list(options.format)) {
        append_row(cells, OrderedJson(OrderedJson::array_t(listing.rows.begin(), listing.rows.end())), listing, newline, out);
    } else {
        for (const auto& row : listing.rows) append_row(cells, row, listing, newline, out);
    }
    return out;
}

std::string render_json(const Listing& listing, const ListingOptions& options) {
    std::string lines;
    if (options.json_lines) {
        for (const auto& row : listing.rows) lines += concat(dump(row), "\n");
        return lines;
    }
    return dump(OrderedJson(OrderedJson::array_t(listing.rows.begin(), listing.rows.end())), options.json_indent) + '\n';
}

}  // namespace

bool is_json_format(std::string_view format) { return trim(format) == "json"; }

std::string render_listing(const Listing& listing, const ListingOptions& options) {
    if (is_json_format(options.format)) return render_json(listing, options);
    if (options.format.empty()) return render_table(listing, options, {});
    if (const auto table = table_template(options.format)) return render_table(listing, options, *table);
    return render_template(listing, options);
}

void print_output(std::string_view text) {
    try {
        write_all(STDOUT_FILENO, text, "standard output");
    } catch (const Error& error) {
        if (error.code() != EPIPE) throw;  // a reader like `head` has seen enough
    }
}

void print_listing(const Listing& listing, const ListingOptions& options) { print_output(render_listing(listing, options)); }

std::string render_object(std::string_view name, std::string_view format, const OrderedJson& object, const Methods& methods,
                          const MapNames& maps, bool times_as_text) {
    constexpr int kIndent = 4;
    if (format.empty() || is_json_format(format)) return dump(object, kIndent) + '\n';
    TemplateOptions parsing;
    parsing.unescape_text = true;
    parsing.times_as_text = times_as_text;
    std::string out;
    Template::parse(name, format, parsing).execute(object, out, methods, maps);
    if (!ends_line(format)) out.push_back('\n');
    return out;
}

std::string short_id(std::string_view id) {
    constexpr std::string_view kAlgorithm = "sha256:";
    constexpr std::size_t kDigits = 12;
    if (id.starts_with(kAlgorithm)) id.remove_prefix(kAlgorithm.size());
    return std::string{id.substr(0, kDigits)};
}

std::string short_command(std::string_view command) {
    constexpr std::size_t kLongest = 20;
    constexpr std::size_t kKept = 17;
    if (tmpl::rune_count(command) <= kLongest) return std::string{command};
    return concat(tmpl::first_runes(command, kKept), "...");
}

std::string derived_header(std::string_view field) {
    std::string out;
    for (std::size_t i = 0; i < field.size(); ++i) {
        const bool after_lower = i > 0 && !is_upper(field[i - 1]);
        const bool starts_word = i > 0 && i + 1 < field.size() && is_lower(field[i + 1]);
        if (is_upper(field[i]) && i > 0 && (after_lower || starts_word)) out.push_back(' ');
        out.push_back(is_lower(field[i]) ? static_cast<char>(field[i] - 'a' + 'A') : field[i]);
    }
    return out;
}

}  // namespace skiff::cli
