#include <memory>
#include <string>

#include "cli/define_artifact.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "image/artifact_jobs.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct ArtifactPullCall {
    std::string name;
    bool quiet = false;
    RegistryFlags registry;
};

int pull_artifact(libpod::Runtime& runtime, const ArtifactPullCall& call, const Environment& environment) {
    const auto reference = image::normalize_reference(call.name, image::Default::DockerHub);
    if (reference.digest) throw Error{ErrorKind::Invalid, concat("artifact ", quote(call.name), ": a digest is no name to keep it under"), "name a tag"};
    const auto digest = image::run_artifact_pull(runtime.images(), reference, registry_options(call.registry, environment), image_progress(call.quiet));
    print_line(digest.hex());
    return 0;
}

}  // namespace

void define_artifact_pull(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ArtifactPullCall>();
    add_argument(command, "ARTIFACT", call->name);
    add_registry_flags(command, call->registry);
    add_retry_flags(command, call->registry);
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return pull_artifact(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
