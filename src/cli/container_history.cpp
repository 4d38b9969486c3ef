#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "util/clock.h"

namespace skiff::cli {

namespace {

struct HistoryCall {
    std::string name;
    std::string format;
    bool latest = false;
    bool no_heading = false;
};

OrderedJson row_of(const libpod::TransitionRow& transition) {
    OrderedJson row;
    row["Time"] = rfc3339_local(transition.at);
    row["From"] = libpod::state_name(transition.from);
    row["To"] = libpod::state_name(transition.to);
    row["Cause"] = transition.cause;
    row["Pid"] = transition.pid;
    row["Command"] = transition.command;
    return row;
}

int history(libpod::Runtime& runtime, const HistoryCall& call) {
    Listing listing;
    listing.name = "history";
    listing.default_template = "{{.Time}}\t{{.From}}\t{{.To}}\t{{.Cause}}\t{{.Pid}}\t{{.Command}}";
    for (const libpod::TransitionRow& transition : find_one(runtime, call.name, call.latest).history()) {
        listing.rows.push_back(row_of(transition));
    }
    print_listing(listing, {.format = call.format, .no_heading = call.no_heading});
    return 0;
}

}  // namespace

void define_container_history(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<HistoryCall>();
    add_argument(command, "CONTAINER", call->name, /*required=*/false);
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_latest(command, call->latest);
    add_flag(command, "-n,--noheading", call->no_heading, "Print no headings");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return history(runtime, *call); };
}

}  // namespace skiff::cli
