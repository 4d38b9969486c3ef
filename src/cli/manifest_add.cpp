#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/manifest_flags.h"
#include "cli/manifest_lookup.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "util/error.h"

namespace skiff::cli {
namespace {

struct ManifestAddCall {
    std::vector<std::string> words;
    bool all = false;
    EntryFlags entry;
    RegistryFlags registry;
};

int add(libpod::Runtime& runtime, const ManifestAddCall& call, const Environment& environment) {
    if (call.words.size() < 2) throw Error{ErrorKind::Invalid, "a list and at least one image are wanted"};
    const image::IndexStore indexes{runtime.images().db()};
    const auto index = indexes.find(call.words.front());
    const auto options = registry_options(call.registry, environment);
    std::vector<image::IndexEntry> entries;
    for (std::size_t i = 1; i < call.words.size(); ++i)
        for (auto& entry : entries_named(runtime.images(), call.words[i], call.all, options)) {
            apply_entry_flags(call.entry, entry);
            entries.push_back(std::move(entry));
        }
    indexes.add(index.id, entries);
    print_line(index.id);
    return 0;
}

}  // namespace

void define_manifest_add(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<ManifestAddCall>();
    add_arguments(command, "LIST IMAGE", call->words, /*required=*/true);
    add_flag(command, "--all", call->all, "Add every image of an argument that is a list itself");
    add_entry_flags(command, call->entry);
    add_registry_flags(command, call->registry);
    for (const char* name : {"--artifact-config", "--artifact-config-type", "--artifact-layer-type", "--artifact-subject", "--artifact-type"})
        add_refused(command, name, Takes::Value, "a list of artifacts is not implemented; artifact push sends one");
    for (const char* name : {"--artifact", "--artifact-exclude-titles"}) add_refused(command, name, Takes::Nothing, "a list of artifacts is not implemented; artifact push sends one");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return add(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
