#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/manifest_lookup.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "image/index_jobs.h"
#include "libpod/runtime.h"
#include "util/json.h"

namespace skiff::cli {
namespace {

struct ManifestInspectCall {
    std::string name;
    RegistryFlags registry;
};

/// The document of a list that is here, else of what a registry has under that name.
std::string document_of(const image::ImageStore& store, const ManifestInspectCall& call, const Environment& environment) {
    if (const auto index = image::IndexStore{store.db()}.try_find(call.name)) return image::write_index(*index, image::natural_index_type(*index));
    const auto location = image::parse_location(call.name);
    const bool remote = location && location->transport == image::Transport::Docker;
    if (!remote)
        if (const auto found = store.try_resolve(call.name)) return store.get(found->id).manifest;
    const auto reference = image::normalize_reference(remote ? location->path : call.name, image::Default::DockerHub);
    return image::run_remote_manifest(reference, registry_options(call.registry, environment));
}

}  // namespace

void define_manifest_inspect(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ManifestInspectCall>();
    add_argument(command, "LIST", call->name);
    add_string(command, "--authfile", call->registry.authfile, "FILE", "Read credentials from this file");
    add_flag(command, "--tls-verify", call->registry.tls_verify, "Require TLS with a valid certificate (default true)");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) {
        print_line(dump(OrderedJson::parse(document_of(runtime.images(), *call, invocation.environment)), 4));
        return 0;
    };
}

}  // namespace skiff::cli
