#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/secret_row.h"
#include "libpod/runtime.h"
#include "libpod/secret/secret.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct SecretListCall {
    std::vector<std::string> filters;
    std::string format;
    bool no_heading = false, quiet = false;
};

/// Of one key one value must match.
bool secret_matches(const libpod::SecretRow& row, const std::vector<std::string>& filters) {
    bool wants_name = false, wants_id = false, name_fits = false, id_fits = false;
    for (const auto& filter : filters) {
        const auto pair = split_once(filter, '=');
        if (!pair || (pair->first != "name" && pair->first != "id")) throw Error{ErrorKind::Invalid, concat("filter ", quote(filter), " is not known"), "name=… or id=…"};
        const bool by_name = pair->first == "name";
        (by_name ? wants_name : wants_id) = true;
        if (by_name) name_fits = name_fits || row.name.find(pair->second) != std::string::npos;
        else id_fits = id_fits || row.id.starts_with(pair->second);
    }
    return (!wants_name || name_fits) && (!wants_id || id_fits);
}

OrderedJson secret_cells(const libpod::SecretRow& row) {
    return {{"ID", row.id}, {"Name", row.name}, {"Driver", row.driver}, {"CreatedAt", secret_age(row.created_at)}, {"UpdatedAt", secret_age(row.updated_at)}};
}

int list_all_secrets(libpod::Runtime& runtime, const SecretListCall& call) {
    if (call.quiet && !call.format.empty()) throw Error{ErrorKind::Invalid, "--quiet and --format exclude each other"};
    secret_matches({}, call.filters);  // a wrong one is told without any secret, too
    Listing listing{.name = "secret ls",
                    .default_template = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.CreatedAt}}\t{{.UpdatedAt}}",
                    .headers = {{"CreatedAt", "CREATED"}, {"UpdatedAt", "UPDATED"}},
                    .rows = {},
                    .methods = {}};
    for (const auto& row : libpod::list_secrets(runtime)) {
        if (!secret_matches(row, call.filters)) continue;
        if (call.quiet) print_line(row.id);
        else if (is_json_format(call.format)) listing.rows.push_back(secret_json(row));
        else listing.rows.push_back(secret_cells(row));
    }
    if (!call.quiet) print_listing(listing, {.format = call.format, .no_heading = call.no_heading});
    return 0;
}

}  // namespace

void define_secret_ls(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<SecretListCall>();
    add_list(command, "-f,--filter", call->filters, "KEY=VALUE", "Secrets that match");
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_flag(command, "-n,--noheading", call->no_heading, "No headings");
    add_flag(command, "-q,--quiet", call->quiet, "IDs only");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return list_all_secrets(runtime, *call); };
}

}  // namespace skiff::cli
