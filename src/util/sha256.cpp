#include "util/sha256.h"

#define OPENSSL_SUPPRESS_DEPRECATED  // see sha256_hex()
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <span>

#include "util/error.h"
#include "util/hex.h"
#include "util/text.h"

namespace skiff {
namespace {

const EVP_MD* digest_named(std::string_view algorithm) {
    if (algorithm == "sha256") return EVP_sha256();
    if (algorithm == "sha384") return EVP_sha384();
    if (algorithm == "sha512") return EVP_sha512();
    throw Error{ErrorKind::Unsupported, concat("digest algorithm ", quote(algorithm), " is not supported")};
}

void require(int ok) {
    if (ok != 1) throw Error{ErrorKind::System, "computing a digest: libcrypto failed"};
}

}  // namespace

struct Hasher::Context {
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> evp{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Hasher::Hasher(std::string_view algorithm) : context_{std::make_unique<Context>()} {
    require(EVP_DigestInit_ex(context_->evp.get(), digest_named(algorithm), nullptr));
}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::string_view data) { require(EVP_DigestUpdate(context_->evp.get(), data.data(), data.size())); }

std::string Hasher::finish_hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    require(EVP_DigestFinal_ex(context_->evp.get(), bytes.data(), &length));
    return hex_of(std::span{bytes}.first(length));
}

/// By the plain functions: the others have libcrypto make all its tables and read its configuration first, 0.4 ms that a
/// command which hashes one path would pay.
std::string sha256_hex(std::string_view data) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
    SHA256_CTX context;
    require(SHA256_Init(&context));
    require(SHA256_Update(&context, data.data(), data.size()));
    require(SHA256_Final(bytes.data(), &context));
    return hex_of(bytes);
}

}  // namespace skiff
