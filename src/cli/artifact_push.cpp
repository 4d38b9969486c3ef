#include <memory>
#include <string>

#include "cli/define_artifact.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/push_flags.h"
#include "cli/registry_flags.h"
#include "image/artifact_jobs.h"
#include "libpod/runtime.h"

namespace skiff::cli {
namespace {

struct ArtifactPushCall {
    std::string name, digestfile;
    bool quiet = false;
    RegistryFlags registry;
    image::SigningKeys signing;
};

int push_artifact(libpod::Runtime& runtime, const ArtifactPushCall& call, const Environment& environment) {
    const auto artifact = image::ArtifactStore{runtime.images().root()}.find(call.name);
    image::run_artifact_push(runtime.images(), artifact.name, registry_options(call.registry, environment), call.signing, image_progress(call.quiet));
    if (!call.digestfile.empty()) write_digest_file(call.digestfile, artifact.digest);
    return 0;
}

}  // namespace

void define_artifact_push(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ArtifactPushCall>();
    add_argument(command, "ARTIFACT", call->name);
    add_registry_flags(command, call->registry);
    add_retry_flags(command, call->registry);
    add_signing_flags(command, call->signing);
    add_string(command, "--digestfile", call->digestfile, "FILE", "Write the manifest's digest to a file");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return push_artifact(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
