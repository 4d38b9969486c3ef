#include "util/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "util/error.h"
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
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < length; ++i) {
        out += kDigits[bytes[i] >> 4];
        out += kDigits[bytes[i] & 15];
    }
    return out;
}

std::string sha256_hex(std::string_view data) {
    Hasher hasher;
    hasher.update(data);
    return hasher.finish_hex();
}

}  // namespace skiff
