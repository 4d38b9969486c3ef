#include "image/signature/cosign_key.h"

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <memory>

#include "util/base64.h"
#include "util/corrupt.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr const char* kSodiumFile = "libsodium.so.23";
constexpr std::size_t kBoxKeyBytes = 32, kBoxNonceBytes = 24, kBoxTagBytes = 16;
constexpr std::uint64_t kScryptLimitBytes = 512U << 20;

using InitSodium = int (*)();
using OpenBox = int (*)(unsigned char* plain, const unsigned char* box, unsigned long long box_size, const unsigned char* nonce, const unsigned char* key);

OpenBox load_open_box() {
    void* library = ::dlopen(kSodiumFile, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        throw Error{ErrorKind::Unsupported, concat("keys in cosign's encryption are opened by libsodium, which is not here: ", ::dlerror()), "install the Debian package libsodium23"};
    const auto init = reinterpret_cast<InitSodium>(::dlsym(library, "sodium_init"));
    const auto open = reinterpret_cast<OpenBox>(::dlsym(library, "crypto_secretbox_open_easy"));
    if (init == nullptr || open == nullptr || init() < 0) throw Error{ErrorKind::Unsupported, concat(kSodiumFile, " cannot be used"), "install the Debian package libsodium23"};
    return open;
}

const unsigned char* raw_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string body_of_pem(std::string_view pem) {
    const std::unique_ptr<BIO, int (*)(BIO*)> memory{::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), ::BIO_free};
    char *name = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    const bool read = ::PEM_read_bio(memory.get(), &name, &header, &data, &size) == 1;
    ::ERR_clear_error();
    if (!read) throw_corrupt("an encrypted private key that is no PEM");
    std::string body{reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
    ::OPENSSL_free(name);
    ::OPENSSL_free(header);
    ::OPENSSL_free(data);
    return body;
}

const Json& section(const Json& document, const char* name) {
    const Json* found = member(document, name);
    if (found == nullptr || !found->is_object()) throw_corrupt(concat("an encrypted private key without ", quote(name)));
    return *found;
}

void require_algorithm(const Json& part, std::string_view wanted) {
    const auto name = string_or(part, "name");
    if (name != wanted) throw Error{ErrorKind::Unsupported, concat("a private key encrypted with ", quote(name)), concat("only ", wanted, " is known")};
}

std::string bytes_member(const Json& object, const char* name) {
    const auto bytes = base64_decoded(string_or(object, name));
    if (!bytes || bytes->empty()) throw_corrupt(concat("an encrypted private key without ", quote(name)));
    return *bytes;
}

std::array<unsigned char, kBoxKeyBytes> box_key(const Json& document, std::string_view passphrase) {
    const auto& kdf = section(document, "kdf");
    require_algorithm(kdf, "scrypt");
    const auto& parameters = section(kdf, "params");
    const auto cost = int_or(parameters, "N"), block = int_or(parameters, "r"), parallel = int_or(parameters, "p");
    constexpr std::int64_t kLargest = 1 << 24;
    if (cost < 2 || cost > kLargest || block < 1 || block > kLargest || parallel < 1 || parallel > kLargest) throw_corrupt("an encrypted private key with odd parameters of scrypt");
    const auto salt = bytes_member(kdf, "salt");
    std::array<unsigned char, kBoxKeyBytes> key{};
    const bool made = ::EVP_PBE_scrypt(passphrase.data(), passphrase.size(), raw_bytes(salt), salt.size(), static_cast<std::uint64_t>(cost), static_cast<std::uint64_t>(block),
                                       static_cast<std::uint64_t>(parallel), kScryptLimitBytes, key.data(), key.size()) == 1;
    ::ERR_clear_error();
    if (!made) throw Error{ErrorKind::Unsupported, concat("a private key with scrypt of N ", cost, ", r ", block, ", p ", parallel, ", which wants more than 512 MiB or is malformed")};
    return key;
}

}  // namespace

bool is_cosign_key(std::string_view pem) {
    return pem.find("-BEGIN ENCRYPTED COSIGN PRIVATE KEY-") != std::string_view::npos || pem.find("-BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-") != std::string_view::npos;
}

std::string decrypt_cosign_key(std::string_view pem, std::string_view passphrase) {
    const auto document = parse_json(body_of_pem(pem), "encrypted private key");
    const auto& cipher = section(document, "cipher");
    require_algorithm(cipher, "nacl/secretbox");
    const auto nonce = bytes_member(cipher, "nonce"), box = bytes_member(document, "ciphertext");
    if (nonce.size() != kBoxNonceBytes || box.size() <= kBoxTagBytes) throw_corrupt("an encrypted private key that is cut short");
    const auto open = load_open_box();
    auto key = box_key(document, passphrase);
    std::string plain(box.size() - kBoxTagBytes, '\0');
    const bool opened = open(reinterpret_cast<unsigned char*>(plain.data()), raw_bytes(box), box.size(), raw_bytes(nonce), key.data()) == 0;
    ::OPENSSL_cleanse(key.data(), key.size());
    if (!opened) throw Error{ErrorKind::Invalid, "the private key cannot be decrypted: its passphrase is another one", "--sign-passphrase-file gives the passphrase"};
    return plain;
}

}  // namespace skiff::image
