#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/confirm.h"
#include "cli/container_filter.h"
#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/prune.h"
#include "cli/report.h"
#include "libpod/container.h"
#include "libpod/many.h"
#include "libpod/runtime.h"

namespace skiff::cli {

namespace {

struct ContainerPruneCall {
    std::vector<std::string> filters;
    bool force = false;
};

bool prunable(libpod::State state) {
    return state == libpod::State::Configured || state == libpod::State::Created || state == libpod::State::Stopped;
}

int container_prune(libpod::Runtime& runtime, const ContainerPruneCall& call) {
    const ContainerFilter checked{runtime, call.filters};
    if (!call.force && !confirm("WARNING! This will remove all containers that do not run.\nAre you sure you want to continue?")) {
        return 0;
    }
    Failures failures;
    prune_containers(runtime, call.filters, print_line, failures);
    return failures.status();
}

}  // namespace

void prune_containers(libpod::Runtime& runtime, const std::vector<std::string>& filters, const Removed& removed, Failures& failures) {
    const ContainerFilter filter{runtime, filters};
    std::vector<libpod::Container> containers;
    auto rows = runtime.list();
    std::ranges::reverse(rows);  // the newest first: a container may need older ones, never younger ones
    for (const libpod::ContainerRow& row : rows) {
        if (prunable(row.state.state) && filter.matches(row)) containers.emplace_back(runtime, row);
    }
    std::vector<libpod::Container*> pointers;
    for (libpod::Container& container : containers) pointers.push_back(&container);
    libpod::remove_many(runtime, pointers, {}, [&](std::size_t index, const Error* failure) {
        if (failure == nullptr) return removed(containers[index].id());
        // Started or removed meanwhile: no longer one of those to prune.
        if (failure->kind() != ErrorKind::WrongState && failure->kind() != ErrorKind::NotFound) failures.add(*failure);
    });
}

void define_container_prune(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ContainerPruneCall>();
    add_list(command, "--filter", call->filters, "KEY=VALUE", "Containers that match");
    add_flag(command, "-f,--force", call->force, "Do not ask");
    invocation.action = [call](libpod::Runtime& runtime) { return container_prune(runtime, *call); };
}

}  // namespace skiff::cli
