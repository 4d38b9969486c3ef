#include <memory>
#include <string>
#include <vector>

#include "cli/confirm.h"
#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/network_document.h"
#include "cli/options.h"
#include "cli/prune.h"
#include "cli/report.h"
#include "libpod/network_create.h"
#include "libpod/runtime.h"
#include "util/error.h"

namespace skiff::cli {
namespace {

struct NetworkPruneCall {
    std::vector<std::string> filters;
    bool force = false;
};

NetworkFilter network_prune_filter(const libpod::Runtime& runtime, const std::vector<std::string>& filters) { return {runtime, filters, {"label", "label!", "until"}}; }

int network_prune(libpod::Runtime& runtime, const NetworkPruneCall& call) {
    static_cast<void>(network_prune_filter(runtime, call.filters));  // a wrong filter is told before anything is asked
    if (!call.force && !confirm("WARNING! This will remove all networks that no container is on.\nAre you sure you want to continue?")) return 0;
    Failures failures;
    prune_networks(runtime, call.filters, [](std::string_view name) { print_line(name); }, failures);
    return failures.status();
}

}  // namespace

void prune_networks(libpod::Runtime& runtime, const std::vector<std::string>& filters, const Removed& removed, Failures& failures) {
    const auto filter = network_prune_filter(runtime, filters);
    for (const auto& network : libpod::unused_networks(runtime)) {
        if (!filter.matches(network)) continue;
        try {
            libpod::remove_network(runtime, network.id, /*force=*/false, std::nullopt);
            removed(network.name);
        } catch (const Error& error) {
            // Used or removed meanwhile: no longer one of those to prune.
            if (error.kind() != ErrorKind::InUse && error.kind() != ErrorKind::NotFound) failures.add(error);
        }
    }
}

void define_network_prune(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<NetworkPruneCall>();
    add_list(command, "--filter", call->filters, "KEY=VALUE", "Networks that match: label, label!, until");
    add_flag(command, "-f,--force", call->force, "Do not ask");
    invocation.action = [call](libpod::Runtime& runtime) { return network_prune(runtime, *call); };
}

}  // namespace skiff::cli
