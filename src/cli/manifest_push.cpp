#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/push_flags.h"
#include "cli/registry_flags.h"
#include "image/index_jobs.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct ManifestPushCall {
    std::vector<std::string> words;
    std::string digestfile;
    bool all = true, quiet = false, remove = false;
    PushFlags push;
    RegistryFlags registry;
};

image::Location destination_of(const image::ImageIndex& index, const ManifestPushCall& call) {
    if (call.words.size() > 2) throw Error{ErrorKind::Invalid, concat("a list and at most one destination are wanted, not ", call.words.size(), " arguments")};
    if (call.words.size() == 2) return push_destination(call.words[1]);
    if (index.names.empty()) throw Error{ErrorKind::Invalid, concat("pushing ", quote(call.words[0]), ": it has no name that says where to"), "name a destination"};
    return push_destination(concat("docker://", index.names.front()));
}

int push(libpod::Runtime& runtime, const ManifestPushCall& call, const Environment& environment) {
    const image::IndexStore indexes{runtime.images().db()};
    const auto index = indexes.find(call.words.front());
    const image::IndexPush request{index.id, destination_of(index, call), outgoing_options(call.push), registry_options(call.registry, environment), call.all};
    const auto digest = image::run_index_push(runtime.images(), request, image_progress(call.quiet));
    if (!call.digestfile.empty()) write_digest_file(call.digestfile, digest);
    if (call.remove) indexes.remove(index.id);
    return 0;
}

}  // namespace

void define_manifest_push(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ManifestPushCall>();
    add_arguments(command, "LIST DESTINATION", call->words, /*required=*/true);
    add_flag(command, "--all", call->all, "Push the images as well (default true)");
    add_push_flags(command, call->push);
    add_registry_flags(command, call->registry);
    add_string(command, "--digestfile", call->digestfile, "FILE", "Write the list's digest to a file");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    add_flag(command, "--rm", call->remove, "Remove the list when it was pushed");
    add_refused(command, "--add-compression", Takes::Value, "a list has one variant of each image");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return push(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
