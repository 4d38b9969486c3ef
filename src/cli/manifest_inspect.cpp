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

/// A list of docker's type cannot carry annotations; they are shown all the same, as it may be pushed as an OCI index.
OrderedJson list_document(const image::ImageIndex& index) {
    auto document = OrderedJson::parse(image::write_index(index, image::natural_index_type(index)));
    for (std::size_t i = 0; i < index.entries.size(); ++i)
        if (const auto& annotations = index.entries[i].manifest.annotations; !annotations.empty()) document["manifests"][i]["annotations"] = annotations;
    return document;
}

/// Of a list that is here, else of what a registry has under that name.
OrderedJson shown_document(const image::ImageStore& store, const ManifestInspectCall& call, const Environment& environment) {
    if (const auto index = image::IndexStore{store.db()}.try_find(call.name)) return list_document(*index);
    const auto location = image::parse_location(call.name);
    const bool remote = location && location->transport == image::Transport::Docker;
    if (!remote)
        if (const auto found = store.try_resolve(call.name)) return OrderedJson::parse(store.get(found->id).manifest);
    const auto reference = image::normalize_reference(remote ? location->path : call.name, image::Default::DockerHub);
    return OrderedJson::parse(image::run_remote_manifest(reference, registry_options(call.registry, environment)));
}

}  // namespace

void define_manifest_inspect(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ManifestInspectCall>();
    add_argument(command, "LIST", call->name);
    add_string(command, "--authfile", call->registry.authfile, "FILE", "Read credentials from this file");
    add_flag(command, "--tls-verify", call->registry.tls_verify, "Require TLS with a valid certificate (default true)");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) {
        print_line(dump(shown_document(runtime.images(), *call, invocation.environment), 4));
        return 0;
    };
}

}  // namespace skiff::cli
