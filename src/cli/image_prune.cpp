#include <memory>
#include <string>
#include <vector>

#include "cli/confirm.h"
#include "cli/define.h"
#include "cli/image_filter.h"
#include "cli/image_mounts.h"
#include "cli/invocation.h"
#include "cli/needless_flags.h"
#include "cli/options.h"
#include "cli/prune.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct ImagePruneCall {
    std::vector<std::string> filters;
    bool all = false, force = false;
};

bool prunable(const libpod::Runtime& runtime, const image::ImageRecord& image, bool all) {
    return (all || image.names.empty()) && runtime.images().containers_using(image.id).empty() && !runtime.images().in_index(image.id) &&
           !is_image_mounted(runtime, image.id);
}

int image_prune(libpod::Runtime& runtime, const ImagePruneCall& call) {
    const ImageFilter checked{runtime.images(), call.filters};
    const auto what = concat("WARNING! This will remove all ", call.all ? "images that no container uses." : "images without a name that no container uses.");
    if (!call.force && !confirm(concat(what, "\nAre you sure you want to continue?"))) return 0;
    Failures failures;
    prune_images(runtime, call.all, call.filters, print_line, failures);
    return failures.status();
}

}  // namespace

void prune_images(libpod::Runtime& runtime, bool all, const std::vector<std::string>& filters, const Removed& removed, Failures& failures) {
    const auto& store = runtime.images();
    const ImageFilter filter{store, filters};
    for (const auto& image : store.list()) {
        if (!prunable(runtime, image, all) || !filter.matches(image)) continue;
        try {
            for (const auto& id : store.remove(image.id, {.force = true, .prune_parents = false}).deleted) removed(id);
        } catch (const Error& error) {
            // Used or removed meanwhile: no longer one of those to prune.
            if (error.kind() != ErrorKind::InUse && error.kind() != ErrorKind::NotFound) failures.add(error);
        }
    }
}

void define_image_prune(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ImagePruneCall>();
    add_flag(command, "-a,--all", call->all, "Named images too");
    add_needless(command, "--build-cache", "What builds cached, too: there is none", "there is nothing to spare");
    add_needless(command, "--external", "Images of other programs' containers, too: there are none", "there is nothing to spare");
    add_list(command, "--filter", call->filters, "KEY=VALUE", "Images that match");
    add_flag(command, "-f,--force", call->force, "Do not ask");
    invocation.action = [call](libpod::Runtime& runtime) { return image_prune(runtime, *call); };
}

}  // namespace skiff::cli
