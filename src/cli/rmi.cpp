#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_mounts.h"
#include "cli/invocation.h"
#include "cli/manifest_lookup.h"
#include "cli/manifest_rm.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct RmiCall {
    std::vector<std::string> names;
    bool all = false, force = false, ignore = false, no_prune = false;
};

/// What stands in the way of deleting the image, where the user said to clear it away.
void clear_the_way(libpod::Runtime& runtime, const image::Found& found, bool force) {
    if (!runtime.images().would_delete(found)) return;
    if (force)
        for (const auto& id : runtime.images().containers_using(found.id)) runtime.find(id).remove({.force = true, .volumes = false, .stop_timeout = std::nullopt});
    if (is_image_mounted(runtime, found.id)) {
        if (!force) throw Error{ErrorKind::InUse, concat("image ", found.id.substr(0, 12), ": it is mounted"), "\"skiff image unmount\", or use --force"};
        unmount_image(runtime, found.id, /*force=*/true);
    }
}

void remove_one(libpod::Runtime& runtime, const std::string& name, const RmiCall& call) {
    const auto& store = runtime.images();
    if (const auto index = index_meant(store, name)) return remove_index_name(store, *index, name);
    clear_the_way(runtime, store.resolve(name), call.force);
    const auto removal = store.remove(name, {.force = call.force || call.all, .prune_parents = !call.no_prune});
    for (const auto& untagged : removal.untagged) print_line(concat("Untagged: ", untagged));
    for (const auto& deleted : removal.deleted) print_line(concat("Deleted: ", deleted));
}

std::vector<std::string> names_to_remove(libpod::Runtime& runtime, const RmiCall& call) {
    if (call.all && !call.names.empty()) throw Error{ErrorKind::Invalid, "--all takes no images besides"};
    if (!call.all && call.names.empty() && !call.ignore) throw Error{ErrorKind::Invalid, "no image given", "name one, or use --all"};
    auto names = call.names;
    if (call.all)
        for (const auto& image : runtime.images().list()) names.push_back(image.id);
    return names;
}

int rmi(libpod::Runtime& runtime, const RmiCall& call) {
    Failures failures;
    for (const auto& name : names_to_remove(runtime, call)) {
        try {
            remove_one(runtime, name, call);
        } catch (const Error& error) {
            // With --all, another image's removal may have taken this one along as its parent.
            const bool gone = error.kind() == ErrorKind::NotFound;
            if (!gone || !(call.ignore || call.force || call.all)) failures.add(error);
        }
    }
    return failures.removal_status();
}

}  // namespace

void define_rmi(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<RmiCall>();
    add_arguments(command, "IMAGE", call->names);
    add_flag(command, "-a,--all", call->all, "Every image");
    add_flag(command, "-f,--force", call->force, "Remove containers that use the image, and all its names");
    add_flag(command, "-i,--ignore", call->ignore, "An image that does not exist is no failure");
    add_flag(command, "--no-prune", call->no_prune, "Keep parents that have no name");
    invocation.action = [call](libpod::Runtime& runtime) { return rmi(runtime, *call); };
}

}  // namespace skiff::cli
