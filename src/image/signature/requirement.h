#pragma once
/// What a policy wants signed, and whether it is. In worker processes. Source: containers-policy.json(5).

#include "image/reference.h"
#include "image/registry/session.h"
#include "image/signature/requirements.h"
#include "util/digest.h"
#include "util/json.h"

namespace skiff::image {

/// Throws Error{Corrupt} for a requirement that is malformed, Error{Unsupported} for one that this version cannot check.
void check_signature_requirement(const Json& requirement);

/// Looks for signatures of `manifest` where registries.d says, and throws Error{Invalid} unless each requirement is met by one of them,
/// saying what was found. `image` is the name that the user means.
void require_signatures(const SignatureRequirements& requirements, const Reference& image, const Digest& manifest, registry::Connection& connection);

/// Signs what was pushed as `image` and puts the signature where registries.d says. Throws Error{Invalid} where there is no such place.
void sign_pushed(const SigningKeys& keys, const Reference& image, const Digest& manifest, registry::Connection& connection);
/// Asked before anything is pushed: throws what sign_pushed would throw for want of a place or a file.
void check_signing(const SigningKeys& keys, const Reference& image, const registry::Options& options);

}  // namespace skiff::image
