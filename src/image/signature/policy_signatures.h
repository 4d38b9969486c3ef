#pragma once
/// policy.json asked for a pull, which verifies the signatures that are wanted when it has the manifest.

#include "image/policy.h"
#include "image/signature/requirements.h"

namespace skiff::image {

/// Throws as require_allowed does for what is rejected, and Error{Unsupported} for a signature that this version cannot verify.
SignatureRequirements required_signatures(const PolicyFiles& where, const Reference& reference);

}  // namespace skiff::image
