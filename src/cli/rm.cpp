#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/stop_time.h"
#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/json.h"

namespace skiff::cli {

namespace {

struct RemoveCall {
    Selection selection;
    bool force = false;
    bool volumes = false;
    bool depend = false;
    std::optional<std::int64_t> seconds;
};

bool any_state(libpod::State) { return true; }

bool depends_on(const libpod::ContainerConfig& config, const std::string& id) {
    const libpod::Namespaces& spaces = config.namespaces;
    for (const libpod::NamespaceMode* mode : {&spaces.pid, &spaces.ipc, &spaces.network, &spaces.uts, &spaces.user, &spaces.cgroup}) {
        if (mode->kind == libpod::NamespaceKind::Container && mode->value == id) return true;
    }
    return std::ranges::find(config.requires_containers, id) != config.requires_containers.end();
}

// Containers that need `id`, those that need them first.
void add_dependents(libpod::Runtime& runtime, const std::string& id, std::set<std::string>& seen,
                    std::vector<std::string>& order) {
    if (!seen.insert(id).second) return;
    for (const libpod::ContainerRow& row : runtime.list()) {
        const auto config = libpod::read_config(row.config);
        if (depends_on(config, id)) add_dependents(runtime, row.id, seen, order);
    }
    order.push_back(id);
}

void remove_with_dependents(libpod::Runtime& runtime, libpod::Container& container, const libpod::RemoveOptions& options) {
    std::set<std::string> seen;
    std::vector<std::string> order;
    add_dependents(runtime, container.id(), seen, order);
    for (const std::string& id : order) {
        if (id == container.id()) continue;
        runtime.find(id).remove(options);
        print_line(id);
    }
    container.remove(options);
}

// With --all, the newest first: a container may need older ones, never younger ones.
std::vector<Target*> in_order_of_removal(Targets& targets, bool all) {
    std::vector<Target*> order;
    for (Target& target : targets.found) order.push_back(&target);
    if (all) std::ranges::reverse(order);
    return order;
}

// 1: something did not exist, and nothing else failed. 2: something is in use or runs.
// What cannot be removed goes to `failures`.
void remove_all(libpod::Runtime& runtime, const std::vector<Target*>& targets, const RemoveCall& call,
                const libpod::RemoveOptions& options, Failures& failures) {
    const auto tell = [&](std::size_t index, const Error* failure) {
        if (failure == nullptr) return print_line(targets[index]->given);
        const bool was_gone = failure->kind() == ErrorKind::NotFound && call.selection.ignore;  // somebody was faster
        if (!was_gone) failures.add(*failure);
    };
    if (!call.depend) {
        std::vector<libpod::Container*> containers;
        for (Target* target : targets) containers.push_back(&target->container);
        return libpod::remove_many(runtime, containers, options, tell);
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
        try {
            remove_with_dependents(runtime, targets[i]->container, options);
            tell(i, nullptr);
        } catch (const Error& error) {
            tell(i, &error);
        }
    }
}

int rm(libpod::Runtime& runtime, RemoveCall& call) {
    libpod::RemoveOptions options;
    options.force = call.force || call.depend;
    options.volumes = call.volumes;
    options.stop_timeout = stop_time(call.seconds);
    // What is gone already is what --force wanted.
    call.selection.ignore = call.selection.ignore || call.force;
    Failures failures;
    Targets targets = select(runtime, call.selection, any_state);
    remove_all(runtime, in_order_of_removal(targets, call.selection.all), call, options, failures);
    for (const Error& error : targets.missing) failures.add(error);
    return failures.removal_status();
}

}  // namespace

void define_rm(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<RemoveCall>();
    add_selection(command, call->selection);
    add_all(command, "-a,--all", call->selection, "Remove all containers");
    add_cidfiles(command, call->selection);
    add_flag(command, "--depend", call->depend, "Remove the containers that need it too");
    add_list(command, "--filter", call->selection.filters, "KEY=VALUE", "Containers that match");
    add_flag(command, "-f,--force", call->force, "Remove running containers too; what does not exist is no failure");
    add_flag(command, "-i,--ignore", call->selection.ignore, "A container that does not exist is no failure");
    add_stop_time(command, call->seconds);
    add_flag(command, "-v,--volumes", call->volumes, "Remove the container's anonymous volumes");
    invocation.action = [call](libpod::Runtime& runtime) { return rm(runtime, *call); };
}

}  // namespace skiff::cli
