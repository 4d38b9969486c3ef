#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/manifest_lookup.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct ManifestCreateCall {
    std::vector<std::string> words, annotations;
    bool all = false, amend = false;
    RegistryFlags registry;
};

image::ImageIndex existing_or_new(const image::IndexStore& indexes, const ManifestCreateCall& call) {
    const auto annotations = parse_annotations(call.annotations, "--annotation");
    if (call.amend)
        if (auto index = indexes.try_find(call.words.front())) {
            indexes.change(index->id, [&](image::ImageIndex& changed) {
                for (const auto& [key, value] : annotations) changed.annotations[key] = value;
            });
            return *index;
        }
    return indexes.create(index_name(call.words.front()), annotations);
}

int create(libpod::Runtime& runtime, const ManifestCreateCall& call, const Environment& environment) {
    const auto options = registry_options(call.registry, environment);
    std::vector<image::IndexEntry> entries;
    for (std::size_t i = 1; i < call.words.size(); ++i)
        for (auto& entry : entries_named(runtime.images(), call.words[i], call.all, options)) entries.push_back(std::move(entry));
    const image::IndexStore indexes{runtime.images().db()};
    const auto index = existing_or_new(indexes, call);
    indexes.add(index.id, entries);
    print_line(index.id);
    return 0;
}

}  // namespace

void define_manifest_create(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ManifestCreateCall>();
    add_arguments(command, "LIST IMAGE", call->words, /*required=*/true);
    add_flag(command, "--all", call->all, "Add every image of an argument that is a list itself");
    add_flag(command, "-a,--amend", call->amend, "Add to a list that exists");
    add_list(command, "--annotation", call->annotations, "KEY=VALUE", "Annotate the list");
    add_flag(command, "--tls-verify", call->registry.tls_verify, "Require TLS with a valid certificate (default true)");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return create(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
