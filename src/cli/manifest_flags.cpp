#include "cli/manifest_flags.h"

#include "cli/manifest_lookup.h"
#include "cli/options.h"

namespace skiff::cli {

void add_entry_flags(CLI::App& command, EntryFlags& flags) {
    add_list(command, "--annotation", flags.annotations, "KEY=VALUE", "Annotate the entry");
    add_string(command, "--arch", flags.arch, "ARCHITECTURE", "Say that the image is for this architecture");
    add_list_csv(command, "--features", flags.features, "FEATURE", "Features of the processor that the image needs");
    add_string(command, "--os", flags.os, "SYSTEM", "Say that the image is for this operating system");
    add_string(command, "--os-version", flags.os_version, "VERSION", "Version of the operating system that the image needs");
    add_string(command, "--variant", flags.variant, "VARIANT", "Say that the image is for this variant of the architecture");
}

void apply_entry_flags(const EntryFlags& flags, image::IndexEntry& entry) {
    auto platform = entry.manifest.platform.value_or(image::Platform{});
    if (!flags.arch.empty()) platform.architecture = flags.arch;
    if (!flags.os.empty()) platform.os = flags.os;
    if (!flags.variant.empty()) platform.variant = flags.variant;
    if (entry.manifest.platform || platform != image::Platform{}) entry.manifest.platform = platform;
    if (!flags.os_version.empty()) entry.os_version = flags.os_version;
    if (!flags.features.empty()) entry.features = flags.features;
    if (!flags.os_features.empty()) entry.os_features = flags.os_features;
    for (const auto& [key, value] : parse_annotations(flags.annotations, "--annotation")) entry.manifest.annotations[key] = value;
}

}  // namespace skiff::cli
