#include "image/signature/gpg.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "image/signature/gpgme_library.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::image {
namespace {

namespace fs = std::filesystem;

void require(gpgme_error_t error, std::string_view what) {
    if (error != 0) throw Error{ErrorKind::System, concat(what, ": ", gpgme_library().error_text(error)), "gpg is in the Debian package gnupg"};
}

/// A home of gpg's that goes with this object.
class GpgHome {
public:
    GpgHome() {
        std::string pattern = "/tmp/skiff-gpg-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) throw SystemError{errno, "making a directory for gpg"};
        path_ = pattern;
        // Public keys need no agent, and one that gpg starts would outlive this process.
        std::ofstream{path_ + "/gpg.conf"} << "no-autostart\n";
    }
    GpgHome(const GpgHome&) = delete;
    GpgHome& operator=(const GpgHome&) = delete;
    ~GpgHome() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

class GpgData {
public:
    GpgData() { require(gpgme_library().data_new(&data_), "GPGME"); }
    /// Borrows `content`.
    explicit GpgData(std::string_view content) { require(gpgme_library().data_from_memory(&data_, content.data(), content.size(), /*copy=*/0), "GPGME"); }
    GpgData(const GpgData&) = delete;
    GpgData& operator=(const GpgData&) = delete;
    ~GpgData() {
        if (data_ != nullptr) gpgme_library().data_release(data_);
    }
    gpgme_data_t get() const noexcept { return data_; }
    std::string take() {
        std::size_t size = 0;
        char* content = gpgme_library().data_take(std::exchange(data_, nullptr), &size);
        std::string text{content == nullptr ? "" : content, content == nullptr ? 0 : size};
        gpgme_library().free_memory(content);
        return text;
    }

private:
    gpgme_data_t data_ = nullptr;
};

class GpgContext {
public:
    explicit GpgContext(const char* home) {
        require(gpgme_library().create(&context_), "GPGME");
        require(gpgme_library().set_engine_info(context_, GPGME_PROTOCOL_OpenPGP, nullptr, home), "finding gpg");
    }
    GpgContext(const GpgContext&) = delete;
    GpgContext& operator=(const GpgContext&) = delete;
    ~GpgContext() { gpgme_library().release(context_); }
    gpgme_ctx_t get() const noexcept { return context_; }

private:
    gpgme_ctx_t context_ = nullptr;
};

class GpgKey {
public:
    explicit GpgKey(gpgme_key_t key) noexcept : key_{key} {}
    GpgKey(const GpgKey&) = delete;
    GpgKey& operator=(const GpgKey&) = delete;
    ~GpgKey() { gpgme_library().key_unref(key_); }
    gpgme_key_t get() const noexcept { return key_; }

private:
    gpgme_key_t key_;
};

int import_keys(const GpgContext& context, const std::vector<std::string>& keyrings) {
    int keys = 0;
    for (const auto& keyring : keyrings) {
        const GpgData data{keyring};
        require(gpgme_library().import(context.get(), data.get()), "reading a keyring");
        keys += gpgme_library().import_result(context.get())->considered;
    }
    return keys;
}

/// Exactly one signature, good and by a key that has neither expired nor been revoked. The summary counts a key as untrusted when
/// nobody has certified it, which says nothing here: the keyring is the trust.
bool is_one_good_signature(const GpgContext& context) {
    const auto* result = gpgme_library().verify_result(context.get());
    const auto* signature = result == nullptr ? nullptr : result->signatures;
    return signature != nullptr && signature->next == nullptr && signature->status == 0;
}

/// The first secret key that `name` means.
gpgme_key_t find_secret_key(const GpgContext& context, const std::string& name) {
    gpgme_key_t key = nullptr;
    require(gpgme_library().keylist_start(context.get(), name.c_str(), /*secret_only=*/1), "looking for a secret key");
    const auto error = gpgme_library().keylist_next(context.get(), &key);
    gpgme_library().keylist_end(context.get());
    if (error != 0 || key == nullptr) throw Error{ErrorKind::NotFound, concat("no secret key ", quote(name), " in gpg's keyring")};
    return key;
}

gpgme_error_t give_gpg_passphrase(void* user, const char* /*hint*/, const char* /*info*/, int previous_was_bad, int fd) {
    if (previous_was_bad != 0) return gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_BAD_PASSPHRASE);
    const auto line = concat(*static_cast<const std::string*>(user), "\n");
    const bool written = gpgme_library().write_all(fd, line.data(), line.size()) == 0;
    return written ? 0 : gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_CANCELED);
}

}  // namespace

std::optional<std::string> open_signed_message(std::string_view message, const std::vector<std::string>& keyrings) {
    const GpgHome home;
    const GpgContext context{home.path().c_str()};
    if (import_keys(context, keyrings) == 0) throw Error{ErrorKind::Corrupt, "the keyring has no key"};
    const GpgData signature{message};
    GpgData content;
    if (gpgme_library().verify(context.get(), signature.get(), nullptr, content.get()) != 0) return std::nullopt;
    if (!is_one_good_signature(context)) return std::nullopt;
    return content.take();
}

std::string make_signed_message(std::string_view content, const std::string& key, const std::optional<std::string>& passphrase) {
    const GpgContext context{nullptr};
    const GpgKey signer{find_secret_key(context, key)};
    require(gpgme_library().signers_add(context.get(), signer.get()), "signing");
    auto given = passphrase.value_or("");
    if (passphrase) {
        require(gpgme_library().set_pinentry_mode(context.get(), GPGME_PINENTRY_MODE_LOOPBACK), "signing");
        gpgme_library().set_passphrase_callback(context.get(), &give_gpg_passphrase, &given);
    }
    const GpgData plain{content};
    GpgData message;
    require(gpgme_library().sign(context.get(), plain.get(), message.get(), GPGME_SIG_MODE_NORMAL), concat("signing with key ", quote(key)));
    return message.take();
}

}  // namespace skiff::image
