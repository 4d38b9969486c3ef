#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/stop_time.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct VolumeRemoveCall {
    std::vector<std::string> names;
    std::optional<std::int64_t> seconds;
    bool all = false, force = false;
};

void remove_users(libpod::Runtime& runtime, const std::string& name, const VolumeRemoveCall& call) {
    for (const auto& id : libpod::users_of_volume(runtime.db(), name)) {
        try {
            runtime.find(id).remove({.force = true, .volumes = false, .stop_timeout = stop_time(call.seconds)});
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound) throw;
        }
    }
}

void remove_one(libpod::Runtime& runtime, const std::string& given, const VolumeRemoveCall& call) {
    const std::string name = libpod::find_volume(runtime, given).name;
    if (call.force) remove_users(runtime, name, call);
    libpod::remove_volume(runtime, name, call.force);
    print_line(given);
}

// 1: something did not exist, and nothing else failed. 2: something is in use.
int volume_status_of(const Failures& failures) {
    if (!failures.any()) return 0;
    if (failures.count(ErrorKind::NotFound) == failures.count()) return 1;
    return failures.count(ErrorKind::InUse) != 0 ? 2 : failures.status();
}

int remove_volumes(libpod::Runtime& runtime, VolumeRemoveCall call) {
    if (call.all != call.names.empty()) throw Error{ErrorKind::Invalid, "either volumes or --all is wanted"};
    if (call.seconds && !call.force) throw Error{ErrorKind::Invalid, "--force option must be specified to use the --time option: only then containers are stopped"};
    if (call.all) {
        for (const auto& row : libpod::read_all_volumes(runtime.db())) call.names.push_back(row.name);
    }
    Failures failures;
    for (const auto& name : call.names) {
        try {
            remove_one(runtime, name, call);
        } catch (const Error& error) {
            const bool is_wanted = error.kind() == ErrorKind::NotFound && (call.force || call.all);
            if (!is_wanted) failures.add(error);
        }
    }
    return volume_status_of(failures);
}

}  // namespace

void define_volume_rm(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<VolumeRemoveCall>();
    add_arguments(command, "VOLUME", call->names);
    add_flag(command, "-a,--all", call->all, "Every volume");
    add_flag(command, "-f,--force", call->force, "Remove the containers that use it, too; what does not exist is no failure");
    add_stop_time(command, call->seconds);
    invocation.action = [call](libpod::Runtime& runtime) { return remove_volumes(runtime, *call); };
}

}  // namespace skiff::cli
