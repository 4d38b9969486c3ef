#pragma once
/// `--format` of every listing (ps, images, volume ls…) and of inspect-like commands: `json`, a Go
/// template for each element, or `table TEMPLATE` with headers. Source: podman-ps(1), --format.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/format/tabwriter.h"
#include "cli/format/value.h"

namespace skiff::cli {

/// Column titles by placeholder ("ID" → "CONTAINER ID"). One that is absent is derived from the name:
/// "CreatedAt" → "CREATED AT", "RepoTags" → "REPO TAGS".
using Headers = std::map<std::string, std::string, std::less<>>;

struct Listing {
    std::string name;                ///< of the command, for template errors: "ps"
    std::string default_template;    ///< the table's cells: "{{.ID}}\t{{.Image}}"
    Headers headers;
    std::vector<OrderedJson> rows;   ///< as `--format json` shows them, in order
    Methods methods;                 ///< placeholders that are not members of the rows
    MapNames maps = podman_maps();
};

struct ListingOptions {
    std::string format;        ///< the option's value; empty: the default table
    bool no_heading = false;   ///< --noheading
    int json_indent = 2;       ///< spaces for a level of `--format json`
    bool json_lines = false;   ///< `--format json` is an object a line, not an array
    TabStops stops = {};       ///< of tables
};

/// The whole output. Throws Error{Invalid} for a wrong template; without rows only its grammar is checked.
/// A template that begins with `{{range` gets the whole list at once.
std::string render_listing(const Listing& listing, const ListingOptions& options);
/// `text` to standard output in one large write. A closed pipe (`skiff ps | head`) ends quietly.
void print_output(std::string_view text);
/// render_listing() through print_output().
void print_listing(const Listing& listing, const ListingOptions& options);

/// One object (info, version, an inspected element): `json` or nothing: the document, 4 spaces a level;
/// else a template and a newline. `times_as_text`: see TemplateOptions.
std::string render_object(std::string_view name, std::string_view format, const OrderedJson& object,
                          const Methods& methods = {}, const MapNames& maps = podman_maps(), bool times_as_text = false);

/// Whether `format` asks for the document itself.
bool is_json_format(std::string_view format);

/// Cells of the default tables, as podman shortens them.
std::string short_id(std::string_view id);             ///< 12 digits, without "sha256:"
std::string short_command(std::string_view command);   ///< 17 characters and "..." when longer than 20

/// The column title derived from a placeholder's name.
std::string derived_header(std::string_view field);

}  // namespace skiff::cli
