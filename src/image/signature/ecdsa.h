#pragma once
/// ECDSA with P-256 and SHA-256 through libcrypto, as sigstore's keys are used. Source: FIPS 186-5; RFC 5208 and 5480 (PEM).

#include <string>
#include <string_view>

namespace skiff::image {

/// Whether `signature` (DER) is one over `content` by `public_key` (PEM, "PUBLIC KEY"). Throws Error{Corrupt} for what is no P-256 key.
bool verify_ecdsa(std::string_view public_key, std::string_view content, std::string_view signature);

/// Signs with a private key (PEM: "PRIVATE KEY", "EC PRIVATE KEY", or encrypted with `passphrase`, by cosign too). Returns DER. Throws
/// Error{Invalid} for a wrong passphrase or another kind of key, and what decrypt_cosign_key throws.
std::string sign_ecdsa(std::string_view private_key, std::string_view passphrase, std::string_view content);

}  // namespace skiff::image
