#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/needless_flags.h"
#include "cli/options.h"
#include "cli/push_flags.h"
#include "cli/registry_flags.h"
#include "image/jobs.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct PushCommand {
    std::vector<std::string> words;
    std::string digestfile;
    bool quiet = false;
    PushFlags push;
    RegistryFlags registry;
};

/// Where it goes: what is said, else what the image's name says.
image::Location destination_of(const image::Found& found, const PushCommand& command) {
    if (command.words.size() > 2) throw Error{ErrorKind::Invalid, concat("an image and at most one destination are wanted, not ", command.words.size(), " arguments")};
    if (found.by == image::FoundBy::Index)
        throw Error{ErrorKind::WrongState, concat("pushing ", quote(command.words[0]), ": it is a manifest list"), "\"skiff manifest push\" pushes it"};
    if (command.words.size() == 2) return push_destination(command.words[1]);
    if (found.by != image::FoundBy::Name)
        throw Error{ErrorKind::Invalid, concat("pushing ", quote(command.words[0]), ": an ID does not say where to"), "name a destination"};
    return push_destination(concat("docker://", found.name));
}

int push(libpod::Runtime& runtime, const PushCommand& command, const Environment& environment) {
    image::PushRequest request;
    request.outgoing = outgoing_options(command.push);
    request.options = registry_options(command.registry, environment);
    const auto found = runtime.images().resolve(command.words[0]);
    request.destination = destination_of(found, command);
    request.id = found.id;
    const auto digest = image::run_push(runtime.images(), request, image_progress(command.quiet));
    if (!command.digestfile.empty()) write_digest_file(command.digestfile, digest);
    return 0;
}

}  // namespace

void define_push(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<PushCommand>();
    add_arguments(command, "IMAGE DESTINATION", call->words, /*required=*/true);
    add_registry_flags(command, call->registry);
    add_retry_flags(command, call->registry);
    add_push_flags(command, call->push);
    add_string(command, "--digestfile", call->digestfile, "FILE", "Write the manifest's digest to a file");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    add_refused(command, "--compress", Takes::Nothing, "layers are always written compressed");
    add_content_trust_flag(command);
    for (const char* name : {"--encrypt-layer", "--encryption-key"}) add_refused(command, name, Takes::Value, "encrypted images are not implemented");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return push(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
