#include "cli/registry_flags.h"

#include "cli/invocation.h"
#include "cli/options.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

void add_registry_flags(CLI::App& command, RegistryFlags& flags) {
    add_string(command, "--authfile", flags.authfile, "FILE", "Read credentials from this file");
    add_string(command, "--cert-dir", flags.cert_dir, "DIR", "Read certificates of the registry from this directory");
    add_string(command, "--creds", flags.creds, "USER[:PASSWORD]", "Credentials for the registry");
    add_flag(command, "--tls-verify", flags.tls_verify, "Require TLS with a valid certificate (default true)");
    add_refused(command, "--decryption-key", Takes::Value, "encrypted images are not implemented");
}

void add_retry_flags(CLI::App& command, RegistryFlags& flags) {
    const auto attempts = [&flags](const std::string& value) {
        const auto number = parse_uint(value);
        if (!number || *number > 1000) throw Error{ErrorKind::Invalid, concat("--retry: ", quote(value), " is not a number from 0 to 1000")};
        flags.retry = static_cast<std::uint32_t>(*number);
    };
    add_callback(command, "--retry", attempts, "N", "Further attempts after a failure that may pass (default 3)");
    add_string(command, "--retry-delay", flags.retry_delay, "DURATION", "Pause before another attempt (default: 1s, doubled each time)");
}

image::registry::Options registry_options(const RegistryFlags& flags, const Environment& environment) {
    image::registry::Options options;
    for (const auto& variable : environment.variables)
        if (auto parts = split_once(variable, '=')) options.environment.emplace(std::move(parts->first), std::move(parts->second));
    options.docker_names = environment.called_as_docker;
    options.authfile = flags.authfile;
    options.cert_dir = flags.cert_dir;
    if (!flags.creds.empty()) options.creds = image::registry::parse_login(flags.creds);
    options.tls_verify = flags.tls_verify;
    options.retries = flags.retry.value_or(options.retries);
    if (flags.retry_delay.empty()) return options;
    options.retry_delay = parse_duration(flags.retry_delay);
    if (!options.retry_delay || options.retry_delay->count() < 0) throw Error{ErrorKind::Invalid, concat("--retry-delay: ", quote(flags.retry_delay), " is not a duration"), "for instance 5s"};
    return options;
}

void add_platform_flags(CLI::App& command, PlatformFlags& flags) {
    add_string(command, "--arch,--override-arch", flags.arch, "ARCHITECTURE", "Choose the image for this architecture");
    add_string(command, "--os,--override-os", flags.os, "SYSTEM", "Choose the image for this operating system");
    add_string(command, "--platform", flags.platform, "OS/ARCH[/VARIANT]", "Choose the image for this platform");
    add_string(command, "--variant,--override-variant", flags.variant, "VARIANT", "Choose the image for this variant of the architecture");
}

image::Platform chosen_platform(const PlatformFlags& flags) {
    const bool parts = !flags.arch.empty() || !flags.os.empty() || !flags.variant.empty();
    if (!flags.platform.empty() && parts) throw Error{ErrorKind::Invalid, "--platform excludes --arch, --os and --variant"};
    if (!flags.platform.empty()) return image::Platform::parse(flags.platform);
    auto platform = image::Platform::host();
    if (!flags.arch.empty() && flags.arch != platform.architecture) platform = {platform.os, flags.arch, ""};
    if (!flags.os.empty()) platform.os = flags.os;
    if (!flags.variant.empty()) platform.variant = flags.variant;
    return platform;
}

}  // namespace skiff::cli
