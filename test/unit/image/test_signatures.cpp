#include <doctest/doctest.h>

#include "image/signature/ecdsa.h"
#include "image/signature/payload.h"
#include "image/signature/registries_d.h"
#include "util/error.h"

using namespace skiff;
using namespace skiff::image;

namespace {

constexpr const char* kDigest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool matches(const char* rule, const char* image, const char* claimed) {
    const auto document = parse_json(rule, "rule");
    return IdentityRule{&document}.matches(parse_reference(image), claimed);
}

std::string payload(const std::string& critical) { return R"({"critical":)" + critical + R"(,"optional":null})"; }

}  // namespace

TEST_CASE("identity rules") {
    const IdentityRule usual{nullptr};
    CHECK(usual.matches(parse_reference("r.example/a:1"), "r.example/a:1"));
    CHECK_FALSE(usual.matches(parse_reference("r.example/a:1"), "r.example/a:2"));
    CHECK_FALSE(usual.matches(parse_reference("r.example/a:1"), "r.example/a"));
    CHECK_FALSE(usual.matches(parse_reference("r.example/a:1"), "a:1"));
    const auto by_digest = std::string{"r.example/a@"} + kDigest;
    CHECK(usual.matches(parse_reference(by_digest), "r.example/a:anything"));
    CHECK_FALSE(usual.matches(parse_reference(by_digest), "r.example/b:anything"));
    CHECK_FALSE(matches(R"({"type":"matchExact"})", by_digest.c_str(), "r.example/a:1"));
    CHECK(matches(R"({"type":"matchRepository"})", "r.example/a:1", "r.example/a:2"));
    CHECK_FALSE(matches(R"({"type":"matchRepository"})", "r.example/a:1", "r.example/ab:1"));
    CHECK(matches(R"({"type":"exactReference","dockerReference":"v.example/x:1"})", "r.example/a:1", "v.example/x:1"));
    CHECK(matches(R"({"type":"exactRepository","dockerRepository":"v.example/x"})", "r.example/a:1", "v.example/x:7"));
    constexpr const char* kRemap = R"({"type":"remapIdentity","prefix":"r.example/mirror","signedPrefix":"v.example"})";
    CHECK(matches(kRemap, "r.example/mirror/a:1", "v.example/a:1"));
    CHECK_FALSE(matches(kRemap, "r.example/mirror/a:1", "r.example/mirror/a:1"));
    CHECK(matches(kRemap, "r.example/mirrors/a:1", "r.example/mirrors/a:1"));
    const auto odd = parse_json(R"({"type":"odd"})", "rule");
    CHECK_THROWS_AS(IdentityRule{&odd}, Error);
}

TEST_CASE("signed payloads are read strictly") {
    const auto good = std::string{R"({"type":"atomic container signature","image":{"docker-manifest-digest":")"} + kDigest + R"("},"identity":{"docker-reference":"r.example/a:1"}})";
    const auto claim = parse_payload(payload(good), kSimpleSigningType);
    CHECK(claim.reference == "r.example/a:1");
    CHECK(claim.manifest.text() == kDigest);
    CHECK_THROWS_AS(parse_payload(payload(good), kSigstoreType), Error);
    for (const char* bad : {R"({})", R"({"type":"atomic container signature"})",
                            R"({"type":"atomic container signature","image":{"docker-manifest-digest":"x"},"identity":{"docker-reference":"r.example/a:1"}})",
                            R"({"type":"atomic container signature","image":{},"identity":{"docker-reference":"r.example/a:1"}})"})
        CHECK_THROWS_AS(parse_payload(payload(bad), kSimpleSigningType), Error);
    auto more = payload(good);
    more.insert(1, R"("extra":1,)");
    CHECK_THROWS_AS(parse_payload(more, kSimpleSigningType), Error);
    const auto written = parse_payload(write_payload(claim, kSigstoreType), kSigstoreType);
    CHECK(written.reference == claim.reference);
    CHECK(written.manifest == claim.manifest);
}

TEST_CASE("registries.d") {
    const auto found = parse_mappings("# comment\n---\ndefault-docker:\n  lookaside: \"file:///x y\"  # why\ndocker:\n  localhost:5000:\n    use-sigstore-attachments: true\n  r.example/a:v1:\n    lookaside-staging: file:///s\n", "test");
    CHECK(found.at("default-docker\nlookaside") == "file:///x y");
    CHECK(found.at("docker\nlocalhost:5000\nuse-sigstore-attachments") == "true");
    CHECK(found.at("docker\nr.example/a:v1\nlookaside-staging") == "file:///s");
    for (const char* bad : {"- a\n", "a: b\na: c\n", "a\n", "a: [b]\n", "\tkey: value\n"}) CHECK_THROWS_AS(parse_mappings(bad, "test"), Error);
}

TEST_CASE("ECDSA keys") {
    // Made by openssl for this test.
    constexpr const char* kPrivate =
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeffQH59K1warH9lc\n2780sE/uRhVKfIcFMCzHX4Ynr4OhRANCAAQZmw7R6dM8RH6fv/f2MKVJnqIR0AUA\nJWnfX3uQvuUFDxF6pieQp440dZIZJ9G/WIeU9K9tRvA9tLX4ixoO5o3Q\n-----END PRIVATE KEY-----\n";
    constexpr const char* kPublic =
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGZsO0enTPER+n7/39jClSZ6iEdAF\nACVp3197kL7lBQ8ReqYnkKeONHWSGSfRv1iHlPSvbUbwPbS1+IsaDuaN0A==\n-----END PUBLIC KEY-----\n";
    const auto signature = sign_ecdsa(kPrivate, "", "content");
    CHECK(verify_ecdsa(kPublic, "content", signature));
    CHECK_FALSE(verify_ecdsa(kPublic, "Content", signature));
    CHECK_FALSE(verify_ecdsa(kPublic, "content", signature.substr(1)));
    CHECK_FALSE(verify_ecdsa(kPublic, "content", ""));
    CHECK_THROWS_AS(verify_ecdsa(kPrivate, "content", signature), Error);
    CHECK_THROWS_AS(verify_ecdsa("", "content", signature), Error);
    CHECK_THROWS_AS(sign_ecdsa(kPublic, "", "content"), Error);
}
