#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "image/image_store.h"
#include "libpod/changes.h"
#include "libpod/container.h"
#include "libpod/container_root.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct DiffCall {
    std::vector<std::string> names;
    std::string format;
    bool latest = false;
    bool images_only = false;
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
    std::map<libpod::ChangeKind, OrderedJson> lists;
    for (const libpod::Change& change : changes) lists[change.kind].push_back(change.path);
    OrderedJson json = OrderedJson::object();
    for (auto& [kind, paths] : lists) json[list_name(kind)] = std::move(paths);
    print_line(dump(json, /*indent=*/5));
}

std::optional<libpod::Container> find_container(libpod::Runtime& runtime, const std::string& name, const DiffCall& call) {
    if (call.images_only) return std::nullopt;
    try {
        return runtime.find(name);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound || !runtime.images().try_resolve(name)) throw;
        return std::nullopt;
    }
}

image::ImageRecord find_image(libpod::Runtime& runtime, const std::string& name) { return runtime.images().find(name); }

/// A descriptor of all files of a container or an image.
UniqueFd open_object(libpod::Runtime& runtime, const std::string& name, const DiffCall& call) {
    if (const auto container = find_container(runtime, name, call)) return libpod::mount_for_reading(runtime, container->config());
    const auto image = find_image(runtime, name);
    if (!image.top_layer) throw Error{ErrorKind::Invalid, concat("image ", quote(name), " has no layers")};
    return libpod::open_image_root(runtime, *image.top_layer);
}

std::vector<libpod::Change> find_changes(libpod::Runtime& runtime, const DiffCall& call) {
    if (call.names.size() > 2) throw Error{ErrorKind::Invalid, "at most two objects can be compared"};
    if (call.names.size() == 2) {
        const UniqueFd newer = open_object(runtime, call.names[0], call);
        const UniqueFd older = open_object(runtime, call.names[1], call);
        return libpod::changes_between(older.get(), newer.get());
    }
    if (call.names.empty() || call.latest) return libpod::container_changes(find_one(runtime, call.names.empty() ? "" : call.names[0], call.latest));
    if (const auto container = find_container(runtime, call.names[0], call)) return libpod::container_changes(*container);
    return libpod::image_changes(runtime, find_image(runtime, call.names[0]));
}

int diff(libpod::Runtime& runtime, const DiffCall& call) {
    if (!call.format.empty() && !is_json_format(call.format)) {
        throw Error{ErrorKind::Invalid, concat("--format: ", quote(call.format), " is not supported"), "json"};
    }
    const auto changes = find_changes(runtime, call);
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
    add_arguments(command, "CONTAINER|IMAGE", call->names);
    add_string(command, "--format", call->format, "FORMAT", "json");
    add_latest(command, call->latest);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return diff(runtime, *call); };
}

void define_image_diff(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<DiffCall>();
    call->images_only = true;
    add_arguments(command, "IMAGE", call->names, /*required=*/true);
    add_string(command, "--format", call->format, "FORMAT", "json");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return diff(runtime, *call); };
}

}  // namespace skiff::cli
