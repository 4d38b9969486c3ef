#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/docker_words.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/network_document.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/networks.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct NetworkLsCall {
    std::vector<std::string> filters;
    std::string format;
    bool docker = false;
    bool in_full = false, no_heading = false, quiet = false;
};

OrderedJson labels_cell(const OrderedJson& row, std::span<const OrderedJson>) {
    std::vector<std::string> words;
    const OrderedJson labels = row.value("labels", OrderedJson::object());
    for (const auto& [key, value] : labels.items()) words.push_back(concat(key, "=", value.get<std::string>()));
    return join(words, ",");
}

int network_ls(libpod::Runtime& runtime, const NetworkLsCall& call) {
    if (call.quiet && !call.format.empty()) throw Error{ErrorKind::Invalid, "--quiet and --format exclude each other"};
    const NetworkFilter filter{runtime, call.filters, {"dangling", "driver", "id", "label", "label!", "name", "until"}};
    Listing listing;
    listing.name = "network ls";
    listing.default_template = "{{.ID}}\t{{.Name}}\t{{.Driver}}";
    listing.headers = {{"ID", "NETWORK ID"}};
    listing.methods = network_methods(call.in_full);
    listing.methods["Labels"] = labels_cell;
    for (const auto& network : libpod::list_networks(runtime)) {
        if (filter.matches(network)) listing.rows.push_back(network_document(network));
    }
    if (call.docker) dress_networks(runtime, listing);
    const char* quiet = call.docker ? "{{.ID}}" : "{{.Name}}";
    const ListingOptions options{.format = call.quiet ? quiet : call.format, .no_heading = call.no_heading};
    print_listing(listing, call.docker ? docker_options(options) : options);
    return 0;
}

}  // namespace

void define_network_ls(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<NetworkLsCall>();
    call->docker = invocation.environment.called_as_docker;
    add_list(command, "-f,--filter", call->filters, "KEY=VALUE", "Networks that match");
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_flag(command, "--no-trunc,--notruncate", call->in_full, "Whole IDs");
    add_flag(command, "-n,--noheading", call->no_heading, "No headings");
    add_flag(command, "-q,--quiet", call->quiet, "Names only");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return network_ls(runtime, *call); };
}

}  // namespace skiff::cli
