#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/inspect.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/volume_row.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct VolumeInspectCall {
    std::vector<std::string> names;
    std::string format;
    bool all = false;
};

int inspect_volumes(libpod::Runtime& runtime, VolumeInspectCall call) {
    if (call.all != call.names.empty()) throw Error{ErrorKind::Invalid, "either volumes or --all is wanted"};
    if (call.all) {
        for (const auto& row : libpod::read_all_volumes(runtime.db())) call.names.push_back(row.name);
    }
    return print_documents(call.names, call.format, [&](const std::string& name) { return volume_json(runtime, libpod::find_volume(runtime, name)); });
}

}  // namespace

void define_volume_inspect(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<VolumeInspectCall>();
    add_arguments(command, "VOLUME", call->names);
    add_flag(command, "-a,--all", call->all, "Every volume");
    add_string(command, "-f,--format", call->format, "FORMAT", "json, or a Go template");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return inspect_volumes(runtime, *call); };
}

}  // namespace skiff::cli
