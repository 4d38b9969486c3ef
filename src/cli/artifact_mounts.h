#pragma once

#include <string>
#include <vector>

#include "image/artifact.h"

namespace skiff::cli {

/// Puts read-only binds of files in the place of each `--mount type=artifact,src=NAME,dst=PATH[,title=…|,digest=…][,name=…]`. One file
/// appears at PATH, or below it as `name`; several appear below it under their titles. Throws Error{Invalid} for a malformed word, and what
/// ArtifactStore::find and choose_artifact_file throw.
void expand_artifact_mounts(const image::ArtifactStore& store, std::vector<std::string>& mounts);

}  // namespace skiff::cli
