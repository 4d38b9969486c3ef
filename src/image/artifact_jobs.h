#pragma once
/// Artifacts and registries, in a worker process like jobs.h.

#include <string>

#include "image/artifact.h"
#include "image/jobs.h"

namespace skiff::image {

/// `artifact pull`: `reference` is complete and has a tag. The policy is asked, signatures are verified. Throws what a pull of an image
/// throws, Error{Unsupported} for one.
Digest run_artifact_pull(const ImageStore& store, const Reference& reference, const registry::Options& options, const Report& report);

/// `artifact push` of an artifact that is here, to where its name says.
void run_artifact_push(const ImageStore& store, const std::string& name, const registry::Options& options, const SigningKeys& signing, const Report& report);

}  // namespace skiff::image
