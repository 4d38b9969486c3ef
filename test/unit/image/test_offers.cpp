#include <doctest/doctest.h>
#include <zlib.h>

#include "archive_builder.h"
#include "image/config.h"
#include "image/offer.h"
#include "util/error.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::image;
using namespace skiff::image::testing;

namespace {

const std::string kLayerA = layer_tar("a", "first");
const std::string kLayerB = layer_tar("b", "second");

std::string gzipped(const std::string& text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(text.size() + 1000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string read_layer(const OfferedLayer& layer) {
    std::string text;
    std::string buffer(4096, '\0');
    const auto source = layer.open();
    while (const auto got = source->read(buffer)) text.append(buffer, 0, got);
    return text;
}

/// An archive as a set of files, with the directory that its staging goes to.
struct Archive {
    ScratchDirectory scratch;
    UniqueFd fd;
    std::unique_ptr<FileSet> files;
    explicit Archive(const std::string& bytes) : fd{as_file(bytes)}, files{open_archive_files(fd.get(), "arch", scratch.path(), false)} {}
};

std::string descriptor(std::string_view type, std::string_view content, std::string_view more = "") {
    return concat(R"({"mediaType":")", type, R"(","digest":")", Digest::of(content).text(), R"(","size":)", content.size(), more, "}");
}

std::string oci_manifest(const std::string& config, const std::vector<std::string>& layers, std::string_view layer_type = "application/vnd.oci.image.layer.v1.tar") {
    std::vector<std::string> parts;
    for (const auto& layer : layers) parts.push_back(descriptor(layer_type, layer));
    return concat(R"({"schemaVersion":2,"config":)", descriptor(media::kOciConfig, config), R"(,"layers":[)", join(parts, ","), "]}");
}

void add_blob(TarBuilder& tar, const std::string& content) { tar.file(concat("blobs/sha256/", Digest::of(content).hex()), content); }

std::string ref_name(std::string_view name) { return concat(R"(,"annotations":{"org.opencontainers.image.ref.name":")", name, R"("})"); }

/// A layout of images with one layer each; `entries` is index.json's list.
std::string layout(const std::vector<std::string>& blobs, std::string_view entries, std::string_view version = "1.0.0") {
    TarBuilder tar;
    tar.file("oci-layout", concat(R"({"imageLayoutVersion":")", version, R"("})"));
    tar.file("index.json", concat(R"({"schemaVersion":2,"manifests":[)", entries, "]}"));
    for (const auto& blob : blobs) add_blob(tar, blob);
    return tar.finish();
}

ErrorKind failure(const std::string& bytes, const Selection& selection = {}) {
    try {
        Archive archive{bytes};
        const auto offers = offer_any(*archive.files, selection);
    } catch (const Error& error) {
        return error.kind();
    }
    return ErrorKind::Timeout;  // stands for "accepted"
}

std::string docker_archive(std::string_view manifest, const std::string& config = config_for({kLayerA})) {
    return TarBuilder{}.file("c.json", config).file("a.tar", kLayerA).file("manifest.json", manifest).finish();
}

}  // namespace

TEST_CASE("docker-archive: layers, links, tags") {
    const auto config = config_for({kLayerA, kLayerB, kLayerA}, R"("Cmd":["sh"])");
    Archive archive{TarBuilder{}
                        .file(Digest::of(config).text().substr(7) + ".json", config)
                        .file("x.tar", kLayerA)
                        .file("1/layer.tar", kLayerB)
                        .link("2/layer.tar", "../x.tar")
                        .file("manifest.json", concat(R"([{"Config":")", Digest::of(config).hex(), R"(.json","RepoTags":["busybox:1","q.io/a/b:2"],"Layers":["x.tar","1/layer.tar","2/layer.tar"]}])"))
                        .finish()};
    const auto images = offer_any(*archive.files, {});
    REQUIRE(images.size() == 1);
    const auto& image = images[0];
    CHECK(image.config == config);
    CHECK(image.manifest_type == media::kDockerManifest);
    REQUIRE(image.names.size() == 2);
    CHECK(image.names[0].text() == "docker.io/library/busybox:1");
    CHECK(image.names[1].text() == "q.io/a/b:2");
    REQUIRE(image.layers.size() == 3);
    CHECK(read_layer(image.layers[0]) == kLayerA);
    CHECK(read_layer(image.layers[1]) == kLayerB);
    CHECK(read_layer(image.layers[2]) == kLayerA);
    CHECK(image.layers[1].diff_id == Digest::of(kLayerB));
    CHECK(image.layers[1].blob.digest == Digest::of(kLayerB));
    const auto manifest = parse_manifest(image.manifest, image.manifest_type, "x");
    CHECK(manifest.config.digest == Digest::of(config));
    CHECK(manifest.layers[0].media_type == media::kDockerLayer);
}

TEST_CASE("docker-archive: compressed layers are described as they are") {
    const auto zipped = gzipped(kLayerA);
    Archive archive{TarBuilder{}.file("c.json", config_for({kLayerA})).file("a.tar", zipped).file("manifest.json", R"([{"Config":"c.json","RepoTags":null,"Layers":["a.tar"]}])").finish()};
    const auto images = offer_docker_archive(*archive.files, {});
    CHECK(images[0].names.empty());
    CHECK(images[0].layers[0].blob.digest == Digest::of(zipped));
    CHECK(images[0].layers[0].blob.size == zipped.size());
    CHECK(images[0].layers[0].blob.media_type == concat(media::kDockerLayer, ".gzip"));
    CHECK(images[0].layers[0].diff_id == Digest::of(kLayerA));
}

TEST_CASE("docker-archive: one of several") {
    const auto other = config_for({kLayerB});
    const auto bytes = TarBuilder{}.file("c.json", config_for({kLayerA})).file("d.json", other).file("a.tar", kLayerA).file("b.tar", kLayerB)
                           .file("manifest.json", R"([{"Config":"c.json","RepoTags":["one:1"],"Layers":["a.tar"]},{"Config":"d.json","RepoTags":["two:1","two:2"],"Layers":["b.tar"]}])").finish();
    Archive archive{bytes};
    CHECK(offer_docker_archive(*archive.files, {}).size() == 2);
    const auto chosen = offer_docker_archive(*archive.files, {"two:2", Platform::host(), false, {}});
    REQUIRE(chosen.size() == 1);
    CHECK(chosen[0].config == other);
    REQUIRE(chosen[0].names.size() == 1);
    CHECK(chosen[0].names[0].text() == "docker.io/library/two:2");
    CHECK(offer_docker_archive(*archive.files, {"@1", Platform::host(), false, {}})[0].config == other);
    CHECK_THROWS_WITH(offer_docker_archive(*archive.files, {"three", Platform::host(), false, {}}),
                      "arch: no image \"three\": it has docker.io/library/one:1, docker.io/library/two:1, docker.io/library/two:2");
    CHECK_THROWS_AS(offer_docker_archive(*archive.files, {"@2", Platform::host(), false, {}}), Error);
}

TEST_CASE("docker-archive: compressed as a whole") {
    const auto bytes = docker_archive(R"([{"Config":"c.json","Layers":["a.tar"]}])");
    Archive archive{gzipped(bytes)};
    CHECK(read_layer(offer_any(*archive.files, {})[0].layers[0]) == kLayerA);
    CHECK(failure(gzipped(bytes).substr(0, 100)) == ErrorKind::Corrupt);
}

TEST_CASE("docker-archive: hostile") {
    CHECK(failure(docker_archive(R"([{"Config":"c.json","Layers":["a.tar"]}])")) == ErrorKind::Timeout);
    for (const std::string manifest :
         {"[]", "[1]", "[{}]", R"([{"Config":"c.json"}])", R"([{"Config":"c.json","Layers":["a.tar","a.tar"]}])", R"([{"Config":"c.json","Layers":["../../../../etc/passwd"]}])",
          R"([{"Config":"c.json","Layers":["/etc/passwd"]}])", R"([{"Config":"c.json","Layers":["missing"]}])", R"([{"Config":"c.json","Layers":"a.tar"}])", R"([{"Config":"c.json","Layers":[1]}])", "[", "[null]"}) {
        CAPTURE(manifest);
        CHECK(failure(docker_archive(manifest)) == ErrorKind::Corrupt);
    }
    CHECK(failure(docker_archive(R"([{"Config":"../c","Layers":["a.tar"]}])")) == ErrorKind::NotFound);
    CHECK(failure(docker_archive(R"([{"Config":"/etc/hostname","Layers":["a.tar"]}])")) == ErrorKind::NotFound);
    CHECK(failure(docker_archive(R"([{"Config":"c.json","Layers":["a.tar"],"RepoTags":["UPPER:x"]}])")) == ErrorKind::Invalid);
    CHECK(failure(docker_archive(R"([{"Config":"c.json","Layers":["a.tar"],"RepoTags":["../x"]}])")) == ErrorKind::Invalid);
    CHECK(failure(docker_archive(R"([{"Config":"c.json","Layers":["a.tar"]}])", "{}")) == ErrorKind::Corrupt);
    CHECK(failure(docker_archive(R"([{"Config":"c.json","Layers":["a.tar"]}])", config_for({kLayerA}, R"("Env":["HOME"])"))) == ErrorKind::Corrupt);
    CHECK(failure(docker_archive(R"([{"Config":"c.json","Layers":["a.tar"]}])", config_for({kLayerA}) + std::string(kConfigLimitBytes, ' '))) == ErrorKind::Corrupt);
    CHECK(failure(docker_archive(std::string(kManifestLimitBytes + 1, '['))) == ErrorKind::Corrupt);
    CHECK(failure(TarBuilder{}.file("repositories", "{}").finish()) == ErrorKind::Unsupported);
    CHECK(failure(TarBuilder{}.file("etc/passwd", "").finish()) == ErrorKind::Corrupt);
    const std::string wrong_name = std::string(64, 'a') + ".json";
    CHECK(failure(TarBuilder{}.file(wrong_name, config_for({kLayerA})).file("a.tar", kLayerA)
                      .file("manifest.json", concat(R"([{"Config":")", wrong_name, R"(","Layers":["a.tar"]}])")).finish()) == ErrorKind::Corrupt);
}

TEST_CASE("oci layout: one image, named by its annotation") {
    const auto config = config_for({kLayerA});
    const auto manifest = oci_manifest(config, {kLayerA});
    Archive archive{layout({config, manifest, kLayerA}, descriptor(media::kOciManifest, manifest, ref_name("localhost/x:1")))};
    const auto images = offer_any(*archive.files, {});
    REQUIRE(images.size() == 1);
    CHECK(images[0].manifest == manifest);
    CHECK(images[0].config == config);
    CHECK(images[0].names[0].text() == "localhost/x:1");
    CHECK(read_layer(images[0].layers[0]) == kLayerA);
    CHECK_FALSE(images[0].index_digest);
    CHECK(offer_oci_layout(*archive.files, {"localhost/x:1", Platform::host(), false, {}}).size() == 1);
    CHECK_THROWS_WITH(offer_oci_layout(*archive.files, {"y", Platform::host(), false, {}}), "arch: no image \"y\": it has \"localhost/x:1\"");
}

TEST_CASE("oci layout: names from bare words and from where it lies") {
    const auto config = config_for({kLayerA});
    const auto manifest = oci_manifest(config, {kLayerA});
    const auto name = [&](std::string_view annotations, const std::string& fallback) {
        Archive archive{layout({config, manifest, kLayerA}, descriptor(media::kOciManifest, manifest, annotations))};
        const auto image = offer_oci_layout(*archive.files, {{}, Platform::host(), false, fallback});
        return image[0].names.empty() ? std::string{} : image[0].names[0].text();
    };
    CHECK(name(ref_name("latest"), "localhost/dir/x") == "localhost/dir/x:latest");
    CHECK(name(ref_name("1.2"), "") == "localhost/1.2:latest");
    CHECK(name("", "localhost/dir/x") == "localhost/dir/x:latest");
    CHECK(name("", "") == "");
    CHECK(name(ref_name("busybox:1"), "localhost/dir") == "localhost/busybox:1");
    CHECK(name(R"(,"annotations":{"org.opencontainers.image.ref.name":"1","io.containerd.image.name":"docker.io/library/b:1"})", "") == "docker.io/library/b:1");
    CHECK(name(ref_name("../../etc"), "") == "");
}

TEST_CASE("oci layout: several images, platforms, nested indexes") {
    const auto config_a = config_for({kLayerA});
    const auto config_b = config_for({kLayerB});
    const auto a = oci_manifest(config_a, {kLayerA});
    const auto b = oci_manifest(config_b, {kLayerB});
    const Selection amd64{{}, {"linux", "amd64", ""}, false, {}};
    const Selection all{{}, {"linux", "amd64", ""}, true, {}};
    SUBCASE("by name") {
        const auto bytes = layout({config_a, config_b, a, b, kLayerA, kLayerB}, descriptor(media::kOciManifest, a, ref_name("a:1")) + "," + descriptor(media::kOciManifest, b, ref_name("b:1")));
        CHECK(failure(bytes, amd64) == ErrorKind::Ambiguous);
        Archive archive{bytes};
        CHECK(offer_oci_layout(*archive.files, all).size() == 2);
        CHECK(offer_oci_layout(*archive.files, {"b:1", {"linux", "amd64", ""}, false, {}})[0].config == config_b);
    }
    SUBCASE("by platform, through an index") {
        const auto platform = [](std::string_view arch) { return concat(R"(,"platform":{"os":"linux","architecture":")", arch, R"("})"); };
        const auto index = concat(R"({"schemaVersion":2,"mediaType":")", media::kOciIndex, R"(","manifests":[)", descriptor(media::kOciManifest, b, platform("s390x")), ",",
                                  descriptor(media::kOciManifest, a, platform("amd64")), "]}");
        Archive archive{layout({config_a, config_b, a, b, index, kLayerA, kLayerB}, descriptor(media::kOciIndex, index, ref_name("m:1")))};
        const auto images = offer_oci_layout(*archive.files, amd64);
        CHECK(images[0].config == config_a);
        CHECK(images[0].index_digest == Digest::of(index));
        CHECK_THROWS_AS(offer_oci_layout(*archive.files, {{}, {"linux", "arm64", "v8"}, false, {}}), Error);
    }
    SUBCASE("an index of itself is not followed for ever") {
        std::string inner = concat(R"({"schemaVersion":2,"manifests":[)", descriptor(media::kOciManifest, a), "]}");
        std::vector<std::string> blobs{config_a, a, kLayerA, inner};
        for (int i = 0; i < 10; ++i) blobs.push_back(inner = concat(R"({"schemaVersion":2,"manifests":[)", descriptor(media::kOciIndex, inner), "]}"));
        CHECK(failure(layout(blobs, descriptor(media::kOciIndex, inner)), amd64) == ErrorKind::Corrupt);
    }
}

TEST_CASE("oci layout: hostile") {
    const auto config = config_for({kLayerA});
    const auto manifest = oci_manifest(config, {kLayerA});
    const auto entry = descriptor(media::kOciManifest, manifest);
    CHECK(failure(layout({config, manifest, kLayerA}, entry)) == ErrorKind::Timeout);
    CHECK(failure(layout({config, manifest, kLayerA}, entry, "2.0.0")) == ErrorKind::Unsupported);
    CHECK(failure(layout({config, manifest, kLayerA}, "")) == ErrorKind::NotFound);
    CHECK(failure(layout({config, kLayerA}, entry)) == ErrorKind::NotFound);
    CHECK(failure(layout({manifest, kLayerA}, entry)) == ErrorKind::NotFound);
    CHECK(failure(layout({config, manifest}, descriptor(media::kOciIndex, manifest))) == ErrorKind::Corrupt);
    CHECK(failure(layout({config, manifest}, descriptor(media::kDockerManifest, manifest))) == ErrorKind::Timeout);  // it does not say itself what it is
    // A blob with other content under its name, of the same size.
    TarBuilder swapped;
    auto other = manifest;
    other.replace(other.find("schemaVersion"), 13, "schemaversion");
    swapped.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})").file("index.json", concat(R"({"schemaVersion":2,"manifests":[)", entry, "]}"));
    swapped.file(concat("blobs/sha256/", Digest::of(manifest).hex()), other);
    CHECK(failure(swapped.finish()) == ErrorKind::Corrupt);
    const auto traversal = concat(R"({"mediaType":")", media::kOciManifest, R"(","digest":"sha256:../../../../etc/passwd","size":1})");
    CHECK(failure(layout({config, manifest, kLayerA}, traversal)) == ErrorKind::Corrupt);
    const auto two = config_for({kLayerA, kLayerB});
    const auto short_manifest = oci_manifest(two, {kLayerA});
    CHECK(failure(layout({two, short_manifest, kLayerA}, descriptor(media::kOciManifest, short_manifest))) == ErrorKind::Corrupt);
    const auto foreign = oci_manifest(config, {kLayerA}, "application/vnd.oci.image.layer.nondistributable.v1.tar");
    CHECK(failure(layout({config, foreign, kLayerA}, descriptor(media::kOciManifest, foreign))) == ErrorKind::Unsupported);
}

TEST_CASE("dir: manifest.json and blobs by hex digits; links do not lead out") {
    const auto config = config_for({kLayerA});
    const auto manifest = oci_manifest(config, {kLayerA});
    ScratchDirectory scratch;
    scratch.write("d/manifest.json", manifest);
    scratch.write(concat("d/", Digest::of(config).hex()), config);
    const auto layer = concat("d/", Digest::of(kLayerA).hex());
    scratch.write(layer, kLayerA);
    const auto files = open_directory_files(scratch.path() / "d");
    const auto images = offer_any(*files, {{}, Platform::host(), false, "localhost/d"});
    REQUIRE(images.size() == 1);
    CHECK(images[0].names[0].text() == "localhost/d:latest");
    CHECK(read_layer(images[0].layers[0]) == kLayerA);

    scratch.write("outside", kLayerA);
    fs::remove(scratch.path() / layer);
    fs::create_symlink("../outside", scratch.path() / layer);
    CHECK_THROWS_AS(read_layer(images[0].layers[0]), Error);
}
