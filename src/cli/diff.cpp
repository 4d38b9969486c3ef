#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "libpod/container.h"
#include "libpod/container_root.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct DiffCall {
    std::string container;
    std::string format;
    bool latest = false;
};

char letter(libpod::ChangeKind kind) {
    switch (kind) {
        case libpod::ChangeKind::Modified: return 'C';
        case libpod::ChangeKind::Added: return 'A';
        case libpod::ChangeKind::Deleted: return 'D';
    }
    return '?';
}

const char* list_name(libpod::ChangeKind kind) {
    switch (kind) {
        case libpod::ChangeKind::Modified: return "changed";
        case libpod::ChangeKind::Added: return "added";
        case libpod::ChangeKind::Deleted: return "deleted";
    }
    return "";
}

void print_json(const std::vector<libpod::Change>& changes) {
    OrderedJson json = OrderedJson::object();
    for (const libpod::Change& change : changes) json[list_name(change.kind)].push_back(change.path);
    print_line(dump(json, /*indent=*/5));
}

int diff(libpod::Runtime& runtime, const DiffCall& call) {
    if (!call.format.empty() && !is_json_format(call.format)) {
        throw Error{ErrorKind::Invalid, concat("--format: ", quote(call.format), " is not supported"), "json"};
    }
    const auto changes = libpod::container_changes(find_one(runtime, call.container, call.latest));
    if (!call.format.empty()) {
        print_json(changes);
        return 0;
    }
    std::string text;
    for (const libpod::Change& change : changes) text += concat(letter(change.kind), " ", change.path, "\n");
    print(text);
    return 0;
}

}  // namespace

void define_diff(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<DiffCall>();
    add_argument(command, "CONTAINER", call->container, /*required=*/false);
    add_string(command, "--format", call->format, "FORMAT", "json");
    add_latest(command, call->latest);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return diff(runtime, *call); };
}

}  // namespace skiff::cli
