#pragma once
/// Private keys as cosign and `skopeo generate-sigstore-key` encrypt them: PEM around JSON that names scrypt and NaCl's secretbox. The
/// secretbox is opened by libsodium, loaded when such a key is used: only in a worker process (util/worker.h).
/// Source: go-tuf, encrypted/encrypted.go (the document); RFC 7914 (scrypt); libsodium's crypto_secretbox(3).

#include <string>
#include <string_view>

namespace skiff::image {

bool is_cosign_key(std::string_view pem);

/// The key as PKCS #8, DER. Throws Error{Invalid} for a wrong passphrase, Error{Corrupt} for a malformed document, Error{Unsupported} for
/// other algorithms, parameters that want more than 512 MiB, or where libsodium is missing.
std::string decrypt_cosign_key(std::string_view pem, std::string_view passphrase);

}  // namespace skiff::image
