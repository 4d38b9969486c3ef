#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/confirm.h"
#include "cli/container_filter.h"
#include "cli/define.h"
#include "cli/image_filter.h"
#include "cli/invocation.h"
#include "cli/needless_flags.h"
#include "cli/network_document.h"
#include "cli/options.h"
#include "cli/prune.h"
#include "cli/report.h"
#include "image/artifact.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "state/database.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct SystemPruneCall {
    std::vector<std::string> filters;
    bool all = false, force = false, volumes = false;
};

std::int64_t stored_bytes(const libpod::Runtime& runtime) {
    auto query = runtime.db().prepare("SELECT (SELECT coalesce(sum(size), 0) FROM layer) + (SELECT coalesce(sum(size), 0) FROM blob)");
    query.step();
    return query.integer(0);
}

/// Prints a heading before the first of a kind.
Removed under_heading(std::string heading) {
    return [heading = std::move(heading), first = true](std::string_view id) mutable {
        if (first) print_line(heading);
        first = false;
        print_line(id);
    };
}

bool confirmed(const SystemPruneCall& call) {
    const char* volumes = !call.volumes ? "" : call.all ? " All volumes that no container uses go, too." : " Anonymous volumes that no container uses go, too.";
    return call.force || confirm(concat("WARNING! This will remove all containers that do not run, all networks that no container is on, and all images ",
                                        call.all ? "that no container uses." : "without a name that no container uses.", volumes, "\nAre you sure you want to continue?"));
}

int prune(libpod::Runtime& runtime, const SystemPruneCall& call) {
    const ContainerFilter containers{runtime, call.filters};
    const ImageFilter images{runtime.images(), call.filters};
    const NetworkFilter networks{runtime, call.filters, {"label", "label!", "until"}};
    if (!confirmed(call)) return 0;
    const auto before = stored_bytes(runtime);
    Failures failures;
    prune_containers(runtime, call.filters, under_heading("Deleted Containers"), failures);
    if (call.volumes) prune_volumes(runtime, call.all, call.filters, under_heading("Deleted Volumes"), failures);
    prune_images(runtime, call.all, call.filters, under_heading("Deleted Images"), failures);
    prune_networks(runtime, call.filters, under_heading("Deleted Networks"), failures);
    runtime.images().layers().remove_unreferenced();  // what interrupted pulls left
    image::sweep_artifacts(image::ArtifactStore{runtime.images().root()}, runtime.db());
    print_line(concat("Total reclaimed space: ", human_size(std::max<std::int64_t>(before - stored_bytes(runtime), 0))));
    return failures.status();
}

}  // namespace

void define_system_prune(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<SystemPruneCall>();
    add_flag(command, "-a,--all", call->all, "Named images too");
    add_needless(command, "--build", "What builds left, too: there is nothing", "there is nothing to spare");
    add_needless(command, "--external", "What other programs left in the storage, too: there is nothing", "there is nothing to spare");
    add_list(command, "--filter", call->filters, "KEY=VALUE", "Containers, networks and images that match");
    add_flag(command, "-f,--force", call->force, "Do not ask");
    add_flag(command, "--volumes", call->volumes, "Anonymous volumes too; with --all named ones");
    invocation.action = [call](libpod::Runtime& runtime) { return prune(runtime, *call); };
}

}  // namespace skiff::cli
