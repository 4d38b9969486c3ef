#pragma once
/// What a policy wants signed, and what a push signs with; see requirement.h for what is done with them.

#include <string>
#include <vector>

namespace skiff::image {

/// Requirements of a policy that apply to one image: all of them have to be met.
struct SignatureRequirements {
    std::vector<std::string> wanted;  ///< each a requirement's JSON: signedBy or sigstoreSigned
    std::string who;                  ///< file and scope, for errors
    bool empty() const noexcept { return wanted.empty(); }
};

/// All empty: nothing is signed.
struct SigningKeys {
    std::string gpg;              ///< --sign-by: fingerprint or address
    std::string sigstore_file;    ///< --sign-by-sigstore-private-key
    std::string passphrase_file;  ///< --sign-passphrase-file
    bool empty() const noexcept { return gpg.empty() && sigstore_file.empty(); }
};

}  // namespace skiff::image
