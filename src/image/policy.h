#pragma once
/// policy.json: which images may come here at all. Read from $CONTAINERS_POLICY_JSON, else
/// ~/.config/containers/policy.json, else /etc/containers/policy.json; without any of them everything may.
///
/// `insecureAcceptAnything`, `reject`, `signedBy` and `sigstoreSigned` are obeyed. Signatures are verified of what pull takes from a
/// registry (signature/policy_signatures.h); otherwise what needs one is refused. Source: containers-policy.json(5).

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "image/reference.h"
#include "image/transport.h"

namespace skiff::image {

namespace fs = std::filesystem;

struct PolicyFiles {
    std::string replacement;  ///< $CONTAINERS_POLICY_JSON: must be there when it is given
    std::vector<fs::path> files;  ///< the first there is
};
/// By the caller's environment.
PolicyFiles policy_files(const std::map<std::string, std::string>& environment);

/// Throws Error{NotFound} when the policy does not let the image in, saying which requirement of which scope in which file does
/// not, Error{Corrupt} for a malformed file. To be asked before anything is fetched or read.
void require_allowed(const PolicyFiles& where, const Reference& reference);
/// The same for a local transport.
void require_allowed(const PolicyFiles& where, const Location& location);

/// The scopes that are looked up for a reference, the most specific first; without the transport's own default.
std::vector<std::string> policy_scopes(const Reference& reference);

}  // namespace skiff::image
