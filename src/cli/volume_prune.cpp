#include <memory>
#include <string>
#include <vector>

#include "cli/confirm.h"
#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/prune.h"
#include "cli/report.h"
#include "cli/volume_row.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct VolumePruneCall {
    std::vector<std::string> filters;
    bool all = false, dry_run = false, force = false;
};

std::vector<std::string> prunable_volumes(const libpod::Runtime& runtime, bool all, const std::vector<std::string>& filters) {
    const VolumeFilter filter{runtime, filters};
    const auto used = libpod::volume_user_counts(runtime.db());
    std::vector<std::string> names;
    for (const auto& row : libpod::read_all_volumes(runtime.db())) {
        const bool meant = (all || filter.all() || row.anonymous) && filter.matches(row);
        if (meant && row.mount_count == 0 && !used.contains(row.name)) names.push_back(row.name);
    }
    return names;
}

int prune_asked(libpod::Runtime& runtime, const VolumePruneCall& call) {
    const auto names = prunable_volumes(runtime, call.all, call.filters);
    if (call.dry_run) {
        for (const auto& name : names) print_line(name);
        return 0;
    }
    const auto which = call.all ? "all volumes not used by at least one container." : "all anonymous volumes not used by at least one container.";
    if (!call.force && !confirm(concat("WARNING! This will remove ", which, "\nAre you sure you want to continue?"))) return 0;
    Failures failures;
    prune_volumes(runtime, call.all, call.filters, print_line, failures);
    return failures.status();
}

}  // namespace

void prune_volumes(libpod::Runtime& runtime, bool all, const std::vector<std::string>& filters, const Removed& removed, Failures& failures) {
    for (const auto& name : prunable_volumes(runtime, all, filters)) {
        try {
            libpod::remove_volume(runtime, name, /*force=*/false);
            removed(name);
        } catch (const Error& error) {
            // Used or removed meanwhile: no longer one of those to prune.
            if (error.kind() != ErrorKind::InUse && error.kind() != ErrorKind::NotFound) failures.add(error);
        }
    }
}

void define_volume_prune(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<VolumePruneCall>();
    add_flag(command, "-a,--all", call->all, "Named volumes too");
    add_flag(command, "--dry-run", call->dry_run, "Only show what would be removed");
    add_list(command, "--filter", call->filters, "KEY=VALUE", "Volumes that match");
    add_flag(command, "-f,--force", call->force, "Do not ask");
    invocation.action = [call](libpod::Runtime& runtime) { return prune_asked(runtime, *call); };
}

}  // namespace skiff::cli
