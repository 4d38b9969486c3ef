#include "image/signature/requirement.h"

#include <algorithm>
#include <array>

#include "image/signature/ecdsa.h"
#include "image/signature/gpg.h"
#include "image/signature/payload.h"
#include "image/signature/registries_d.h"
#include "image/signature/stores.h"
#include "util/base64.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::image {
namespace {

constexpr std::size_t kKeyFileLimitBytes = 8U << 20;

[[noreturn]] void wrong_requirement(std::string_view why) { throw Error{ErrorKind::Corrupt, concat("signature requirement: ", why)}; }

std::vector<std::string> key_files(const Json& requirement) {
    auto files = strings_or_empty(requirement, "keyPaths");
    if (auto file = string_or(requirement, "keyPath"); !file.empty()) files.push_back(std::move(file));
    return files;
}

/// The keys' content; `keyData` is base64.
std::vector<std::string> keys_of(const Json& requirement) {
    std::vector<std::string> keys;
    for (const auto& file : key_files(requirement)) keys.push_back(read_file(file, kKeyFileLimitBytes));
    if (const auto data = string_or(requirement, "keyData"); !data.empty()) {
        auto key = base64_decoded(data);
        if (!key) wrong_requirement("keyData is not base64");
        keys.push_back(std::move(*key));
    }
    return keys;
}

IdentityRule identity_of(const Json& requirement) { return IdentityRule{member(requirement, "signedIdentity")}; }

/// Why a signature does not count; empty: it does.
std::string objection(const SignedClaim& claim, const IdentityRule& rule, const Reference& image, const Digest& manifest) {
    if (claim.manifest != manifest) return concat("a signature is for ", claim.manifest.text());
    if (!rule.matches(image, claim.reference)) return concat("a signature is for ", quote(claim.reference));
    return {};
}

/// Fulcio's certificates, Rekor's log or another authority's instead of a key, or besides.
bool wants_other_proof(const Json& requirement) {
    static constexpr std::array<const char*, 7> kProofs = {"fulcio", "rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas", "pki", "keyDatas"};
    return std::any_of(kProofs.begin(), kProofs.end(), [&](const char* proof) { return member(requirement, proof) != nullptr; });
}

int key_source_count(const Json& requirement) {
    int count = 0;
    for (const char* source : {"keyPath", "keyPaths", "keyData"}) count += member(requirement, source) != nullptr ? 1 : 0;
    return count;
}

class Verification {
public:
    Verification(const Reference& image, const Digest& manifest, registry::Connection& connection)
        : image_{image}, manifest_{manifest}, connection_{connection}, places_{signature_places(connection.session().options().environment, image)} {}

    void require(const Json& requirement) {
        reasons_.clear();
        const bool met = string_or(requirement, "type") == "signedBy" ? signed_by(requirement) : sigstore_signed(requirement);
        if (met) return;
        const bool looked = places_.attachments || string_or(requirement, "type") == "signedBy";
        const auto nothing = concat("no signature was found", looked ? "" : ": use-sigstore-attachments is off in registries.d");
        const auto found = reasons_.empty() ? nothing : join(reasons_, "; ");
        throw Error{ErrorKind::Invalid, concat("a signature is required (", string_or(requirement, "type"), "): ", found)};
    }

private:
    bool accepts(const SignedClaim& claim, const Json& requirement) {
        const auto reason = objection(claim, identity_of(requirement), image_, manifest_);
        if (!reason.empty()) reasons_.push_back(reason);
        return reason.empty();
    }

    bool signed_by(const Json& requirement) {
        const auto keys = keys_of(requirement);
        for (const auto& message : lookaside_signatures(places_, image_, manifest_, connection_.session().options())) {
            const auto content = open_signed_message(message, keys);
            if (!content) reasons_.emplace_back("a signature is not by one of the keys, or not good");
            else if (accepts(parse_payload(*content, kSimpleSigningType), requirement)) return true;
        }
        return false;
    }

    bool sigstore_signed(const Json& requirement) {
        if (!places_.attachments) return false;
        for (const auto& [payload, signature] : sigstore_attachments(connection_, manifest_)) {
            bool good = false;
            for (const auto& key : keys_of(requirement)) good = good || verify_ecdsa(key, payload, signature);
            if (!good) reasons_.emplace_back("a signature is not by the key");
            else if (accepts(parse_payload(payload, kSigstoreType), requirement)) return true;
        }
        return false;
    }

    const Reference& image_;
    const Digest& manifest_;
    registry::Connection& connection_;
    SignaturePlaces places_;
    std::vector<std::string> reasons_;
};

std::optional<std::string> passphrase_of(const SigningKeys& keys) {
    if (keys.passphrase_file.empty()) return std::nullopt;
    const auto text = read_file(keys.passphrase_file, kKeyFileLimitBytes);
    return text.substr(0, text.find('\n'));
}

}  // namespace

void check_signature_requirement(const Json& requirement) {
    const auto type = string_or(requirement, "type");
    if (type == "signedBy") {
        const auto kind = string_or(requirement, "keyType");
        if (kind != "GPGKeys") throw Error{kind.empty() ? ErrorKind::Corrupt : ErrorKind::Unsupported, concat("signedBy with keyType ", quote(kind), ": only GPGKeys can be verified")};
    } else if (type != "sigstoreSigned") {
        throw Error{ErrorKind::Unsupported, concat("requires a signature (", type, "), which this version cannot verify"), "so the image is refused"};
    } else if (wants_other_proof(requirement)) {
        throw Error{ErrorKind::Unsupported, "requires a signature by Fulcio, Rekor or PKI, which this version cannot verify", "so the image is refused"};
    }
    if (key_source_count(requirement) != 1) wrong_requirement("exactly one of keyPath, keyPaths and keyData is wanted");
    identity_of(requirement);
}

void require_signatures(const SignatureRequirements& requirements, const Reference& image, const Digest& manifest, registry::Connection& connection) {
    if (requirements.empty()) return;
    in_context(concat("image ", quote(image.text()), " is not let in: ", requirements.who), [&] {
        Verification verification{image, manifest, connection};
        for (const auto& wanted : requirements.wanted) verification.require(parse_json(wanted, "requirement"));
    });
}

void check_signing(const SigningKeys& keys, const Reference& image, const registry::Options& options) {
    if (keys.empty()) return;
    const auto places = signature_places(options.environment, image);
    if (!keys.gpg.empty() && !places.write_url.starts_with("file://"))
        throw Error{ErrorKind::Invalid, concat("signatures of ", quote(image.repository()), " are not written to a file: lookaside"), "lookaside-staging in registries.d names one"};
    if (!keys.sigstore_file.empty()) {
        if (!places.attachments) throw Error{ErrorKind::Invalid, concat("use-sigstore-attachments is off for ", quote(image.repository())), "switch it on in registries.d"};
        sign_ecdsa(read_file(keys.sigstore_file, kKeyFileLimitBytes), passphrase_of(keys).value_or(""), "");
    }
}

void sign_pushed(const SigningKeys& keys, const Reference& image, const Digest& manifest, registry::Connection& connection) {
    if (keys.empty()) return;
    const auto places = signature_places(connection.session().options().environment, image);
    const SignedClaim claim{image.text(), manifest};
    if (!keys.gpg.empty()) add_lookaside_signature(places, image, manifest, make_signed_message(write_payload(claim, kSimpleSigningType), keys.gpg, passphrase_of(keys)));
    if (keys.sigstore_file.empty()) return;
    const auto payload = write_payload(claim, kSigstoreType);
    add_sigstore_attachment(connection, manifest, {payload, sign_ecdsa(read_file(keys.sigstore_file, kKeyFileLimitBytes), passphrase_of(keys).value_or(""), payload)});
}

}  // namespace skiff::image
