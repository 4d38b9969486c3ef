#pragma once
/// Options that several commands share when they talk to registries or choose among platforms.

#include <cstdint>
#include <optional>
#include <string>

#include "image/manifest.h"
#include "image/registry/options.h"

namespace CLI {
class App;
}

namespace skiff::cli {

struct Environment;

struct RegistryFlags {
    std::string authfile, cert_dir, creds, retry_delay;
    std::optional<std::uint32_t> retry;
    std::optional<bool> tls_verify;
};
void add_registry_flags(CLI::App& command, RegistryFlags& flags);
/// --retry and --retry-delay.
void add_retry_flags(CLI::App& command, RegistryFlags& flags);
/// Throws Error{Invalid} for a malformed value.
image::registry::Options registry_options(const RegistryFlags& flags, const Environment& environment);

struct PlatformFlags {
    std::string arch, os, variant, platform;
    bool given() const { return !arch.empty() || !os.empty() || !variant.empty() || !platform.empty(); }
};
void add_platform_flags(CLI::App& command, PlatformFlags& flags);
/// This host's, with what the flags say. Throws Error{Invalid} for --platform beside the others.
image::Platform chosen_platform(const PlatformFlags& flags);

}  // namespace skiff::cli
