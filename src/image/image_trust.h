#pragma once
/// policy.json as `image trust` shows and changes it. Source: podman-image-trust(1), containers-policy.json(5).

#include <string>
#include <vector>

#include "image/policy.h"

namespace skiff::image {

/// The document of the policy in force; without any file the one that lets everything in.
std::string policy_text(const PolicyFiles& where);

struct TrustRow {
    std::string transport;  ///< "all" for the default, "repository" for docker's, else the transport
    std::string scope;      ///< "default", or a scope
    std::string type;       ///< "accept", "reject", "signed", "sigstoreSigned", …
};
/// One for each requirement. Throws Error{Corrupt} for a malformed policy.
std::vector<TrustRow> trust_rows(const std::string& policy);

struct TrustChange {
    std::string scope;                   ///< "default", or a scope of docker's transport
    std::string type;                    ///< a requirement's type as policy.json spells it
    std::vector<std::string> key_files;  ///< absolute; for signedBy and sigstoreSigned
};
/// Replaces the scope's requirements in the first file of `where` that is there (else the last), by rename.
void change_trust(const PolicyFiles& where, const TrustChange& change);

}  // namespace skiff::image
