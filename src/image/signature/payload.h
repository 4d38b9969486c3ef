#pragma once
/// What is signed about an image: a name and the digest of a manifest. Both kinds of signatures share the document.
/// Source: containers-signature(5); cosign, SIGNATURE_SPEC.

#include <string>
#include <string_view>

#include "image/reference.h"
#include "util/digest.h"
#include "util/json.h"

namespace skiff::image {

/// The claims of a signature that was verified.
struct SignedClaim {
    std::string reference;  ///< "docker-reference", as it was signed
    Digest manifest;
};

inline constexpr const char* kSimpleSigningType = "atomic container signature";
inline constexpr const char* kSigstoreType = "cosign container image signature";

/// Reads a verified payload strictly. `type`: one of the two above. Throws Error{Corrupt} for anything that is missing, unknown or of
/// another type.
SignedClaim parse_payload(std::string_view text, std::string_view type);
/// The document, with the time and the program that signed.
std::string write_payload(const SignedClaim& claim, std::string_view type);

/// "signedIdentity" of a policy's requirement; absent: matchRepoDigestOrExact.
class IdentityRule {
public:
    /// Throws Error{Corrupt} for an unknown or malformed rule.
    explicit IdentityRule(const Json* rule);
    /// Whether a signature for `claimed` is one for `image`, which has a tag or a digest.
    bool matches(const Reference& image, std::string_view claimed) const;

private:
    std::string type_;
    std::string first_, second_;  ///< reference or repository; prefix and its replacement
};

}  // namespace skiff::image
