#include "cli/explain.h"

#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/selection.h"
#include "libpod/container.h"
#include "libpod/explain.h"
#include "libpod/runtime.h"

namespace skiff::cli {

namespace {

struct ExplainCall {
    std::string name;
    std::string format;
    bool latest = false;
};

void append(std::vector<OrderedJson>& rows, const char* part, const std::vector<libpod::ExplainedLine>& lines) {
    for (const libpod::ExplainedLine& line : lines) {
        rows.push_back({{"Part", part}, {"Key", line.key}, {"Source", libpod::origin_name(line.origin)}, {"Value", line.value}});
    }
}

}  // namespace

void print_explanation(const libpod::Runtime& runtime, const libpod::ContainerConfig& config, const std::string& format) {
    const libpod::Explanation explanation = libpod::explain(runtime, config);
    Listing listing;
    listing.name = "explain";
    listing.default_template = "{{.Part}}\t{{.Key}}\t{{.Source}}\t{{.Value}}";
    append(listing.rows, "container", explanation.configuration);
    append(listing.rows, "oci", explanation.oci);
    print_listing(listing, {.format = format});
}

void define_explain(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ExplainCall>();
    add_argument(command, "CONTAINER", call->name, /*required=*/false);
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_latest(command, call->latest);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) {
        print_explanation(runtime, find_one(runtime, call->name, call->latest).config(), call->format);
        return 0;
    };
}

}  // namespace skiff::cli
