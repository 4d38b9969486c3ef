#pragma once
/// What refers to a manifest, for registries that do not keep account of it themselves: an index under a tag made of the subject's digest.
/// Source: distribution-spec, "Pushing Manifests with Subject" and "Referrers Tag Schema".

#include <string>
#include <string_view>

#include "image/registry/session.h"
#include "util/digest.h"

namespace skiff::image::registry {

/// "sha256-<hex>": the tag of the list of what refers to `subject`.
std::string referrers_tag(const Digest& subject);

/// Adds `manifest`, which was just pushed and has a subject, to the list of that; nothing when it has none or is listed. Throws what
/// get_manifest and put_manifest throw, Error{Corrupt} when the tag is no list.
void list_as_referrer(Connection& connection, const std::string& manifest, std::string_view media_type);

}  // namespace skiff::image::registry
