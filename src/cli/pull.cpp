#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/image_progress.h"
#include "cli/image_pull.h"
#include "cli/invocation.h"
#include "cli/needless_flags.h"
#include "cli/options.h"
#include "cli/registry_flags.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct PullCommand {
    std::vector<std::string> sources;
    std::string policy = "always";
    bool all_tags = false, quiet = false;
    RegistryFlags registry;
    PlatformFlags platform;
};

void check_source(const std::string& source, const PullCommand& command, PullPolicy policy) {
    const auto location = image::parse_location(source);
    const bool local = location && location->transport != image::Transport::Docker;
    if (local && policy != PullPolicy::Always)
        throw Error{ErrorKind::Invalid, concat("pulling ", quote(source), ": --policy ", command.policy, " is for registries; a local source is always read")};
    if (!command.all_tags) return;
    if (local) throw Error{ErrorKind::Invalid, concat("pulling ", quote(source), ": --all-tags is for registries")};
    const auto name = image::parse_reference(location ? location->path : source);
    if (!name.tag.empty() || name.digest) throw Error{ErrorKind::Invalid, concat("pulling ", quote(source), ": --all-tags excludes a tag or digest")};
}

int pull(libpod::Runtime& runtime, const PullCommand& command, const Environment& environment) {
    PullCall call;
    call.policy = parse_pull_policy(command.policy);
    call.all_tags = command.all_tags;
    call.platform = command.platform;
    call.options = registry_options(command.registry, environment);
    call.report = image_progress(command.quiet);
    chosen_platform(command.platform);
    Failures failures;
    for (const auto& source : command.sources)
        failures.attempt([&] {
            check_source(source, command, call.policy);
            for (const auto& image : pull_image(runtime.images(), source, call)) print_line(image.id);
        });
    return failures.status();
}

}  // namespace

void define_pull(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<PullCommand>();
    add_arguments(command, "SOURCE", call->sources, /*required=*/true);
    add_flag(command, "-a,--all-tags", call->all_tags, "Pull every tag of the repository");
    add_platform_flags(command, call->platform);
    add_registry_flags(command, call->registry);
    add_retry_flags(command, call->registry);
    add_string(command, "--policy", call->policy, "POLICY", "always, missing, newer or never");
    add_flag(command, "-q,--quiet", call->quiet, "Show no progress");
    add_content_trust_flag(command);
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return pull(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
