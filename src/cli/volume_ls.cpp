#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/docker_words.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/volume_row.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct VolumeListCall {
    bool docker = false;
    std::vector<std::string> filters;
    std::string format;
    bool no_heading = false, quiet = false;
};

Methods methods_of_list() {
    using Row = const OrderedJson&;
    using Arguments = std::span<const OrderedJson>;
    return {
        {"Label", [](Row row, Arguments arguments) -> OrderedJson {
             if (arguments.size() != 1 || !arguments[0].is_string()) throw Error{ErrorKind::Invalid, "Label wants one string"};
             return row.at("Labels").value(arguments[0].get<std::string>(), "");
         }},
        {"Anonymous", [](Row row, Arguments) -> OrderedJson { return row.contains("Anonymous"); }},
        {"NeedsCopyUp", [](Row row, Arguments) -> OrderedJson { return row.contains("NeedsCopyUp"); }},
        {"NeedsChown", [](Row row, Arguments) -> OrderedJson { return row.contains("NeedsChown"); }},
        {"UID", [](Row row, Arguments) -> OrderedJson { return row.value("UID", 0); }},
        {"GID", [](Row row, Arguments) -> OrderedJson { return row.value("GID", 0); }},
    };
}

int list_all_volumes(libpod::Runtime& runtime, const VolumeListCall& call) {
    const VolumeFilter filter{runtime, call.filters};
    if (call.quiet && !call.format.empty()) throw Error{ErrorKind::Invalid, "--quiet and --format exclude each other"};
    Listing listing{.name = "volume ls",
                    .default_template = "{{.Driver}}\t{{.Name}}",
                    .headers = {{"Name", "VOLUME NAME"}, {"Mountpoint", "MOUNTPOINT"}},
                    .rows = {},
                    .methods = methods_of_list()};
    for (const auto& row : libpod::read_all_volumes(runtime.db())) {
        if (!filter.matches(row)) continue;
        if (call.quiet) print_line(row.name);
        else listing.rows.push_back(volume_json(runtime, row));
    }
    if (call.quiet) return 0;
    const ListingOptions options{.format = call.format, .no_heading = call.no_heading};
    if (call.docker) dress_volumes(listing);
    print_listing(listing, call.docker ? docker_options(options) : options);
    return 0;
}

}  // namespace

void define_volume_ls(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<VolumeListCall>();
    call->docker = invocation.environment.called_as_docker;
    add_list(command, "-f,--filter", call->filters, "KEY=VALUE", "Volumes that match");
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_flag(command, "-n,--noheading", call->no_heading, "No headings");
    add_flag(command, "-q,--quiet", call->quiet, "Names only");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return list_all_volumes(runtime, *call); };
}

}  // namespace skiff::cli
