#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/jobs.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct PullCall {
    std::vector<std::string> sources;
    std::string arch, os, variant, platform, policy = "always";
    bool quiet = false;
};

image::Platform platform_of(const PullCall& call) {
    const bool parts = !call.arch.empty() || !call.os.empty() || !call.variant.empty();
    if (!call.platform.empty() && parts) throw Error{ErrorKind::Invalid, "--platform excludes --arch, --os and --variant"};
    if (!call.platform.empty()) return image::Platform::parse(call.platform);
    auto platform = image::Platform::host();
    if (!call.arch.empty() && call.arch != platform.architecture) platform = {platform.os, call.arch, ""};
    if (!call.os.empty()) platform.os = call.os;
    if (!call.variant.empty()) platform.variant = call.variant;
    return platform;
}

void check_policy(const std::string& policy) {
    for (const char* known : {"always", "missing", "newer", "never"})
        if (policy == known) return;
    throw Error{ErrorKind::Invalid, concat("--policy: no policy ", quote(policy)), "always, missing, newer or never"};
}

/// A name without transport means a registry, unless the image is here and that is enough.
std::string local_image(const image::ImageStore& store, const std::string& name, const std::string& policy) {
    if (policy == "missing" || policy == "never") {
        if (policy == "never") return store.find(name).id;
        if (const auto found = store.try_resolve(name)) return found->id;
    }
    image::parse_reference(name);
    throw Error{ErrorKind::Unsupported, concat("pulling ", quote(name), ": this version has no registry client"),
                "pull from docker-archive:, oci-archive:, oci: or dir:, or use \"skiff load\""};
}

void pull_one(const image::ImageStore& store, const std::string& source, const PullCall& call, const image::Platform& platform) {
    const auto location = image::parse_location(source);
    if (!location || location->transport == image::Transport::Docker) {
        print_line(local_image(store, location ? location->path : source, call.policy));
        return;
    }
    if (call.policy != "always")
        throw Error{ErrorKind::Invalid, concat("pulling ", quote(source), ": --policy ", call.policy, " is for registries; a local source is always read")};
    for (const auto& image : image::run_pull(store, *location, platform, image_progress(call.quiet))) print_line(image.id);
}

int pull(libpod::Runtime& runtime, const PullCall& call) {
    check_policy(call.policy);
    const auto platform = platform_of(call);
    Failures failures;
    for (const auto& source : call.sources) failures.attempt([&] { pull_one(runtime.images(), source, call, platform); });
    return failures.status();
}

void refuse_registry_options(CLI::App& command) {
    const std::string reason = "this version has no registry client";
    add_refused(command, "-a,--all-tags", Takes::Nothing, reason);
    for (const char* name : {"--authfile", "--cert-dir", "--creds", "--decryption-key", "--retry", "--retry-delay"}) add_refused(command, name, Takes::Value, reason);
    for (const char* name : {"--disable-content-trust", "--tls-verify"}) add_refused(command, name, Takes::Nothing, reason);
}

}  // namespace

void define_pull(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<PullCall>();
    add_arguments(command, "SOURCE", call->sources, /*required=*/true);
    add_string(command, "--arch,--override-arch", call->arch, "ARCHITECTURE", "Choose the image for this architecture");
    add_string(command, "--os,--override-os", call->os, "SYSTEM", "Choose the image for this operating system");
    add_string(command, "--platform", call->platform, "OS/ARCH[/VARIANT]", "Choose the image for this platform");
    add_string(command, "--policy", call->policy, "POLICY", "always, missing, newer or never");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    add_string(command, "--variant,--override-variant", call->variant, "VARIANT", "Choose the image for this variant of the architecture");
    refuse_registry_options(command);
    invocation.action = [call](libpod::Runtime& runtime) { return pull(runtime, *call); };
}

}  // namespace skiff::cli
