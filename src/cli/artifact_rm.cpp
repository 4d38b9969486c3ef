#include <memory>
#include <string>
#include <vector>

#include "cli/define_artifact.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/artifact.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "util/error.h"

namespace skiff::cli {
namespace {

struct ArtifactRemoveCall {
    std::vector<std::string> names;
    bool all = false, ignore = false;
};

int remove_artifacts(const libpod::Runtime& runtime, const ArtifactRemoveCall& call) {
    const image::ArtifactStore store{runtime.images().root()};
    if (call.all != call.names.empty()) throw Error{ErrorKind::Invalid, call.all ? "--all takes no names" : "which artifact?", call.all ? "" : "name one, or say --all"};
    auto names = call.names;
    if (call.all)
        for (const auto& artifact : store.list()) names.push_back(artifact.name);
    Failures failures;
    for (const auto& name : names)
        failures.attempt([&] {
            try {
                print_line(image::remove_artifact(store, runtime.db(), name).hex());
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::NotFound || !(call.ignore || call.all)) throw;
            }
        });
    return failures.status();
}

}  // namespace

void define_artifact_rm(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ArtifactRemoveCall>();
    add_arguments(command, "ARTIFACT", call->names);
    add_flag(command, "-a,--all", call->all, "Remove every artifact");
    add_flag(command, "-i,--ignore", call->ignore, "An artifact that does not exist is no failure");
    invocation.action = [call](libpod::Runtime& runtime) { return remove_artifacts(runtime, *call); };
}

}  // namespace skiff::cli
