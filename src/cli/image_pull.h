#pragma once
/// Bringing an image here: what `pull`, `run` and `create` have in common.

#include <string>
#include <vector>

#include "cli/registry_flags.h"
#include "image/jobs.h"

namespace skiff::cli {

enum class PullPolicy { Always, Missing, Newer, Never };
/// "always", "missing", "newer", "never", and "true" and "false" of older versions. Throws Error{Invalid}.
PullPolicy parse_pull_policy(const std::string& text);

struct PullCall {
    PullPolicy policy = PullPolicy::Missing;
    bool all_tags = false;
    PlatformFlags platform;
    image::registry::Options options;
    image::Report report;
};

/// The images that `source` (a name, or TRANSPORT:WHERE) means, pulled where the policy asks for it. What is here already
/// has its ID and the name it was found by. Throws Error{NotFound} with `never` for an image that is not here.
std::vector<image::JobImage> pull_image(const image::ImageStore& store, const std::string& source, const PullCall& call);

}  // namespace skiff::cli
