#include "cli/image_pull.h"

#include <unistd.h>

#include <iostream>

#include "image/containers_storage.h"
#include "image/registry/remote_image.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

using image::JobImage;
using image::Reference;

bool fits(const image::ImageStore& store, const image::Found& found, const PlatformFlags& flags) {
    if (!flags.given()) return true;
    const auto here = store.get(found.id).parsed_config().platform;
    const auto wanted = chosen_platform(flags);
    return here.os == wanted.os && here.architecture == wanted.architecture && (wanted.variant.empty() || here.variant == wanted.variant);
}

/// enforcing: where a short name may mean several images, only a person can choose, and only on a terminal.
Reference choose(const Reference& name, const std::vector<Reference>& candidates) {
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) {
        std::vector<std::string> names;
        for (const auto& candidate : candidates) names.push_back(candidate.text());
        throw Error{ErrorKind::Ambiguous, concat("short name ", quote(name.text()), " may mean ", join(names, ", ")), "say which, or set short-name-mode in registries.conf"};
    }
    std::cerr << "Which image is " << quote(name.text()) << "?\n";
    for (std::size_t i = 0; i < candidates.size(); ++i) std::cerr << "  " << i + 1 << ") " << candidates[i].text() << "\n";
    std::cerr << "Number: " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    const auto number = parse_uint(trim(answer));
    if (!number || *number == 0 || *number > candidates.size()) throw Error{ErrorKind::Cancelled, "no image was chosen"};
    return candidates[*number - 1];
}

std::vector<Reference> references_for(const std::string& name, const std::optional<image::Found>& here, const PullCall& call) {
    const auto parsed = image::parse_reference(name);
    if (!parsed.is_short()) return {image::complete(parsed, image::Default::DockerHub)};
    // What a short name meant before, it means still.
    const bool named = here && (here->by == image::FoundBy::Name || here->by == image::FoundBy::Index);
    if (named && !here->name.empty()) return {image::complete(image::parse_reference(here->name), image::Default::DockerHub)};
    if (call.options.docker_names) return {image::complete(parsed, image::Default::DockerHub)};
    const auto candidates = image::registry::resolve_short_name(image::registry::registries_conf(call.options), parsed);
    if (candidates.must_choose) return {choose(parsed, candidates.references)};
    return candidates.references;
}

std::vector<JobImage> pull_named(const image::ImageStore& store, const std::string& name, const PullCall& call) {
    const auto found = store.try_resolve(name);
    const auto local = [&] { return std::vector<JobImage>{{found->id, found->name.empty() ? std::vector<std::string>{} : std::vector<std::string>{found->name}}}; };
    if (call.policy == PullPolicy::Never && !found)
        throw Error{ErrorKind::NotFound, concat(name, ": image not known: it is not here, and --pull never forbids to fetch it"), "skiff images lists what is"};
    const bool by_id = found && found->by == image::FoundBy::Id;
    if (found && (by_id || call.policy == PullPolicy::Never || (call.policy == PullPolicy::Missing && fits(store, *found, call.platform)))) return local();
    image::RegistryPull request;
    request.references = references_for(name, found, call);
    request.all_tags = call.all_tags;
    request.platform = chosen_platform(call.platform);
    request.options = call.options;
    try {
        return image::run_registry_pull(store, request, call.report);
    } catch (const Error& error) {
        if (call.policy != PullPolicy::Newer || !found || error.kind() == ErrorKind::Cancelled) throw;
        log::debug(concat("using the image that is here: ", error.what()));
        return local();
    }
}

}  // namespace

PullPolicy parse_pull_policy(const std::string& text) {
    const auto word = lower(text);
    if (word == "always" || word == "true") return PullPolicy::Always;
    if (word == "missing" || word == "false" || word == "ifnotpresent") return PullPolicy::Missing;
    if (word == "newer" || word == "ifnewer") return PullPolicy::Newer;
    if (word == "never") return PullPolicy::Never;
    throw Error{ErrorKind::Invalid, concat("unsupported pull policy ", quote(text)), "always, missing, newer or never"};
}

std::vector<image::JobImage> pull_image(const image::ImageStore& store, const std::string& source, const PullCall& call) {
    auto location = image::parse_location(source);
    if (!location) return pull_named(store, source, call);
    if (location->transport == image::Transport::ContainersStorage) location->reference = image::complete_store(location->reference, call.options.environment);
    if (location->transport != image::Transport::Docker) return image::run_pull(store, *location, chosen_platform(call.platform), image::policy_files(call.options.environment), call.report);
    // With its transport a name is whole: docker.io is meant when no registry is given.
    return pull_named(store, image::complete(image::parse_reference(location->path), image::Default::DockerHub).text(), call);
}

}  // namespace skiff::cli
