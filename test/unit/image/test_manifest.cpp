#include <doctest/doctest.h>

#include "image/manifest.h"
#include "util/error.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::image;

namespace {

const std::string kA = "sha256:" + std::string(64, 'a');
const std::string kB = "sha256:" + std::string(64, 'b');
const std::string kOci{media::kOciManifest};
const std::string kDocker{media::kDockerManifest};
const std::string kList{media::kDockerList};

std::string descriptor(std::string_view type, std::string_view digest = kA, std::string_view size = "10", std::string_view more = "") {
    return concat(R"({"mediaType":")", type, R"(","digest":")", digest, R"(","size":)", size, more, "}");
}

std::string manifest(std::string_view layers, std::string_view more = "", std::string_view config_type = media::kOciConfig) {
    return concat(R"({"schemaVersion":2,"config":)", descriptor(config_type), R"(,"layers":[)", layers, "]", more, "}");
}

std::string index(std::string_view entries, std::string_view more = "") {
    return concat(R"({"schemaVersion":2,"manifests":[)", entries, "]", more, "}");
}

std::string entry(std::string_view os, std::string_view arch, std::string_view variant, std::string_view digest = kA, std::string_view more = "") {
    return descriptor(media::kOciManifest, digest, "7",
                      concat(R"(,"platform":{"os":")", os, R"(","architecture":")", arch, R"(","variant":")", variant, R"("})", more));
}

ErrorKind failure(const std::string& text, std::string_view declared = "") {
    try {
        if (text.find("\"manifests\"") != std::string::npos && text.find("\"layers\"") == std::string::npos)
            parse_index(text, declared, "x");
        else
            parse_manifest(text, declared, "x");
    } catch (const Error& error) {
        return error.kind();
    }
    return ErrorKind::System;
}

}  // namespace

TEST_CASE("manifest: OCI and docker") {
    const auto layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", kB, "123");
    const auto oci = parse_manifest(manifest(layer, R"(,"annotations":{"k":"v"})"), "", "x");
    CHECK(oci.media_type == media::kOciManifest);
    CHECK(oci.config.digest.text() == kA);
    REQUIRE(oci.layers.size() == 1);
    CHECK(oci.layers[0].size == 123);
    CHECK(oci.annotations.at("k") == "v");

    const auto docker = parse_manifest(manifest(descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip"),
                                                concat(R"(,"mediaType":")", kDocker, "\""), media::kDockerConfig), kDocker, "x");
    CHECK(docker.media_type == kDocker);
    CHECK(parse_manifest(manifest(""), kDocker, "x").media_type == kDocker);
    CHECK(kind_of_document(manifest(""), "", "x") == DocumentKind::Manifest);
    CHECK(kind_of_document(index(""), "", "x") == DocumentKind::Index);
}

TEST_CASE("manifest: two documents in one, and contradictions") {
    const auto both = concat(R"({"schemaVersion":2,"config":)", descriptor(media::kOciConfig), R"(,"layers":[],"manifests":[]})");
    CHECK(failure(both) == ErrorKind::Corrupt);
    CHECK_THROWS_AS(kind_of_document(both, "", "x"), Error);
    CHECK_THROWS_AS(parse_index(both, "", "x"), Error);
    CHECK(failure(manifest("", concat(R"(,"mediaType":")", media::kOciIndex, "\""))) == ErrorKind::Corrupt);
    CHECK(failure(manifest("", concat(R"(,"mediaType":")", kOci, "\"")), kDocker) == ErrorKind::Corrupt);
    CHECK(failure(manifest(""), kList) == ErrorKind::Corrupt);
    CHECK(failure(index(""), kOci) == ErrorKind::Corrupt);
    CHECK(failure(manifest(""), "text/html") == ErrorKind::Unsupported);
    CHECK(failure(manifest("", R"(,"Layers":[])")) == ErrorKind::Corrupt);
    CHECK(failure(manifest("", R"(,"MANIFESTS":[])")) == ErrorKind::Corrupt);
    CHECK_THROWS_AS(parse_manifest(index(""), "", "x"), Error);
    CHECK_THROWS_AS(parse_index(manifest(""), "", "x"), Error);
}

TEST_CASE("manifest: refused") {
    CHECK(failure(R"({"schemaVersion":1,"fsLayers":[]})") == ErrorKind::Unsupported);
    CHECK(failure(R"({"schemaVersion":2,"fsLayers":[],"layers":[]})") == ErrorKind::Unsupported);
    CHECK(failure(R"({"schemaVersion":3,"layers":[]})") == ErrorKind::Corrupt);
    CHECK(failure(R"({"layers":[]})") == ErrorKind::Corrupt);
    CHECK(failure(R"({"schemaVersion":2,"layers":[]})") == ErrorKind::Corrupt);
    CHECK(failure(R"({"schemaVersion":2})") == ErrorKind::Corrupt);
    CHECK(failure(R"({"schemaVersion":"2","layers":[]})") == ErrorKind::Corrupt);
    for (const std::string text : {"", "[]", "null", "1", "{", "\"x\"", "{}"}) CHECK(failure(text) == ErrorKind::Corrupt);
    CHECK(failure(manifest("", "", "application/vnd.oci.empty.v1+json")) == ErrorKind::Unsupported);
    CHECK(failure(manifest("", "", "application/vnd.cncf.helm.config.v1+json")) == ErrorKind::Unsupported);
    const std::string gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    for (const std::string type : {"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                                   "application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "application/octet-stream", "",
                                   "application/vnd.oci.image.layer.v1.tarball", "application/vnd.oci.image.layer.v1.tar+br"})
        CHECK(failure(manifest(descriptor(type))) == ErrorKind::Unsupported);
    CHECK(failure(manifest(descriptor(gzip, kA, "1", R"(,"urls":["http://elsewhere/"])"))) == ErrorKind::Unsupported);
    for (const std::string size : {"-1", "1.5", "\"10\"", "null", "18446744073709551615", "9223372036854775807"})
        CHECK(failure(manifest(descriptor(gzip, kA, size))) == ErrorKind::Corrupt);
    for (const std::string digest : {"sha256:../../x", "sha256:", "", "md5:0123456789abcdef0123456789abcdef"})
        CHECK(failure(manifest(descriptor(gzip, digest))) == ErrorKind::Corrupt);
    CHECK(failure(manifest(descriptor(gzip, "sha256:" + std::string(64, 'A')))) == ErrorKind::Corrupt);
    CHECK(failure(manifest(descriptor(gzip, "sha256:" + std::string(63, 'a') + "\\u0000"))) == ErrorKind::Corrupt);
    CHECK(failure(R"({"schemaVersion":2,"config":[],"layers":[]})") == ErrorKind::Corrupt);
    CHECK(failure(manifest("", R"(,"annotations":{"k":1})")) == ErrorKind::Corrupt);
    CHECK(failure(std::string(kManifestLimitBytes + 1, ' ')) == ErrorKind::Corrupt);
    std::string deep = R"({"schemaVersion":2,"layers":)";
    deep.append(10000, '[').append(10000, ']').append("}");
    CHECK(failure(deep) == ErrorKind::Corrupt);
}

TEST_CASE("manifest: more layers than anybody has") {
    std::string layers = descriptor(media::kOciLayer);
    const std::string one = "," + layers;
    for (std::size_t i = 0; i < kLayerCountLimit; ++i) layers += one;
    CHECK(failure(manifest(layers)) == ErrorKind::Corrupt);
}

TEST_CASE("manifest: platform selection") {
    const Platform amd64{"linux", "amd64", ""};
    const auto select = [](const std::string& entries, const Platform& wanted) {
        const auto parsed = parse_index(index(entries), "", "x");
        return select_platform(parsed, wanted, "x").digest.text();
    };
    CHECK(select(concat(entry("linux", "arm64", "v8", kB), ",", entry("linux", "amd64", "")), amd64) == kA);
    CHECK(select(concat(entry("windows", "amd64", "", kB), ",", entry("linux", "amd64", "v1")), amd64) == kA);
    CHECK(select(concat(entry("linux", "arm", "v5"), ",", entry("linux", "arm", "v6", kB)), {"linux", "arm", "v7"}) == kB);
    CHECK(select(entry("linux", "arm64", ""), {"linux", "arm64", "v8"}) == kA);
    CHECK(select(entry("linux", "arm64", "v8"), {"linux", "arm64", ""}) == kA);
    CHECK(select(descriptor(media::kOciManifest), amd64) == kA);
    CHECK_THROWS_AS(select(entry("linux", "amd64", "v3"), amd64), Error);
    CHECK_THROWS_AS(select(entry("linux", "arm", "v7"), {"linux", "arm", "v6"}), Error);
    CHECK_THROWS_WITH(select(entry("linux", "s390x", ""), amd64), "x: no image for linux/amd64: it has linux/s390x");
    CHECK_THROWS_WITH(select("", amd64), "x: no image for linux/amd64: it has no image at all");
}

TEST_CASE("manifest: attestations and artifacts are never selected") {
    const auto parsed = parse_index(index(concat(
        entry("unknown", "unknown", "", kB), ",",
        entry("linux", "amd64", "", kB, R"(,"annotations":{"vnd.docker.reference.type":"attestation-manifest"})"), ",",
        entry("linux", "amd64", "", kB, R"(,"artifactType":"application/x")"), ",",
        descriptor("application/vnd.in-toto+json", kB), ",", entry("linux", "amd64", ""))), "", "x");
    CHECK(select_platform(parsed, {"linux", "amd64", ""}, "x").digest.text() == kA);
}

TEST_CASE("manifest: platforms as users write them") {
    CHECK(Platform::parse("linux/arm/v7") == Platform{"linux", "arm", "v7"});
    CHECK(Platform::parse("linux/amd64").text() == "linux/amd64");
    CHECK(Platform::parse("linux") == Platform{"linux", Platform::host().architecture, ""});
    for (const std::string text : {"", "linux/", "/amd64", "a/b/c/d", "linux/am d64", "linux/../x/"}) CHECK_THROWS_AS(Platform::parse(text), Error);
    CHECK(Platform::host().os == "linux");
}

TEST_CASE("manifest: content against its descriptor") {
    Descriptor descriptor{"", Digest::of("content"), 7, {}, {}, {}};
    verify_content("content", descriptor, "x");
    CHECK_THROWS_AS(verify_content("contend", descriptor, "x"), Error);
    CHECK_THROWS_WITH(verify_content("conten", descriptor, "x"), "x: has 6 bytes, should have 7");
    const Descriptor long_digest{"", Digest::parse("sha512:" + std::string(128, '0')), 7, {}, {}, {}};
    CHECK_THROWS_AS(verify_content("content", long_digest, "x"), Error);
}

TEST_CASE("manifest: written as the specifications order it") {
    const Manifest manifest{kDocker, {std::string{media::kDockerConfig}, Digest::parse(kA), 3, {}, {}, {}},
                            {{std::string{media::kDockerLayer}, Digest::parse(kB), 4, {}, {}, {}}}, {}};
    const auto text = write_manifest(manifest);
    CHECK(text == concat(R"({"schemaVersion":2,"mediaType":")", kDocker, R"(","config":{"mediaType":")", media::kDockerConfig, R"(","size":3,"digest":")", kA,
                         R"("},"layers":[{"mediaType":")", media::kDockerLayer, R"(","size":4,"digest":")", kB, R"("}]})"));
    CHECK(parse_manifest(text, kDocker, "x").layers.size() == 1);
}
