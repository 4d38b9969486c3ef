#include "image/signature/ecdsa.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <cstring>
#include <memory>

#include "image/signature/cosign_key.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Memory = std::unique_ptr<BIO, int (*)(BIO*)>;
using SigningContext = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

Memory memory_of(std::string_view text) { return {::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), ::BIO_free}; }
SigningContext new_context() { return {::EVP_MD_CTX_new(), ::EVP_MD_CTX_free}; }

bool is_p256(const Key& key) {
    std::array<char, 64> group{};
    return key && ::EVP_PKEY_is_a(key.get(), "EC") == 1 && ::EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1 &&
           std::string_view{group.data()} == "prime256v1";
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// Called by libcrypto for an encrypted key: nobody is asked at a terminal.
int give_passphrase(char* buffer, int size, int /*writing*/, void* user) {
    const auto& passphrase = *static_cast<const std::string_view*>(user);
    if (passphrase.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, passphrase.data(), passphrase.size());
    return static_cast<int>(passphrase.size());
}

Key key_of_pem(std::string_view pem, std::string_view passphrase) {
    const auto text = memory_of(pem);
    Key key{::PEM_read_bio_PrivateKey(text.get(), nullptr, &give_passphrase, &passphrase), ::EVP_PKEY_free};
    ::ERR_clear_error();
    return key;
}

Key key_of_der(std::string der) {
    const auto* at = bytes_of(der);
    Key key{::d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())), ::EVP_PKEY_free};
    ::ERR_clear_error();
    ::OPENSSL_cleanse(der.data(), der.size());
    return key;
}

}  // namespace

bool verify_ecdsa(std::string_view public_key, std::string_view content, std::string_view signature) {
    const auto text = memory_of(public_key);
    const Key key{::PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr), ::EVP_PKEY_free};
    ::ERR_clear_error();
    if (!is_p256(key)) throw Error{ErrorKind::Corrupt, "a sigstore key that is no ECDSA P-256 public key in PEM"};
    const auto context = new_context();
    const bool begun = ::EVP_DigestVerifyInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key.get()) == 1;
    const bool good = begun && ::EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(content), content.size()) == 1;
    ::ERR_clear_error();
    return good;
}

std::string sign_ecdsa(std::string_view private_key, std::string_view passphrase, std::string_view content) {
    const auto key = is_cosign_key(private_key) ? key_of_der(decrypt_cosign_key(private_key, passphrase)) : key_of_pem(private_key, passphrase);
    if (!is_p256(key)) throw Error{ErrorKind::Invalid, "the private key is no ECDSA P-256 key in PEM, or its passphrase is another one", "--sign-passphrase-file gives the passphrase"};
    const auto context = new_context();
    std::array<unsigned char, 256> signature{};
    auto size = signature.size();
    if (::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key.get()) != 1 ||
        ::EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(content), content.size()) != 1)
        throw Error{ErrorKind::System, "signing: libcrypto failed"};
    return {reinterpret_cast<const char*>(signature.data()), size};
}

}  // namespace skiff::image
