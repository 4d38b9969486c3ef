#pragma once
/// OpenPGP messages through GPGME, which runs gpg. libgpgme is opened when needed (dlopen): only in a worker process.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::image {

/// The content of a signed message, when one of the keys made its (only) signature and it is good now; else nullopt. `keyrings`: exported keys,
/// armored or not; nothing of the user's own keyring counts. Throws Error{Unsupported} where GPGME or gpg is missing, Error{Corrupt}
/// for keyrings without a key.
std::optional<std::string> open_signed_message(std::string_view message, const std::vector<std::string>& keyrings);

/// A signed message with `content`, by a secret key of the user's keyring: `key` is a fingerprint or an address. `passphrase`: absent:
/// gpg's agent asks. Throws Error{NotFound} for a key that is not there, Error{System} with what gpg said.
std::string make_signed_message(std::string_view content, const std::string& key, const std::optional<std::string>& passphrase);

}  // namespace skiff::image
