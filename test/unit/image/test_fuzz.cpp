#include <doctest/doctest.h>

#include <random>

#include "../../fuzz/image_documents.h"
#include "archive_builder.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::image;
using namespace skiff::image::testing;

namespace {

std::vector<std::string> seeds() {
    const std::string digest = "sha256:" + std::string(64, 'a');
    const auto descriptor = [&](std::string_view type) { return concat(R"({"mediaType":")", type, R"(","digest":")", digest, R"(","size":10})"); };
    return {
        "rreg.example:5000/team/app:1.2@" + digest, "rlocalhost/a", "r[::1]:5000/a__b:c", "u1000:10", "uweb:wheel", "u0", "loci:dir:tag", "ldocker://x",
        "xENV A=1 B='2 3'", "xCMD [\"a\",\"b\"]", "xEXPOSE 80/tcp 53-60/udp", "xWORKDIR a",
        concat(R"(m{"schemaVersion":2,"config":)", descriptor("application/vnd.oci.image.config.v1+json"), R"(,"layers":[)", descriptor("application/vnd.oci.image.layer.v1.tar+gzip"), "]}"),
        concat(R"(m{"schemaVersion":2,"manifests":[)", descriptor("application/vnd.oci.image.manifest.v1+json"), "]}"),
        concat("c", config_for({"x"}, R"("Env":["A=1"],"User":"web","Labels":{"a":"b"},"Volumes":{"/v":{}},"ExposedPorts":{"80/tcp":{}},"Healthcheck":{"Test":["NONE"]})")),
        concat("t", TarBuilder{}.extension('x', pax_record("path", "manifest.json")).file("short", "[]").link("a", "manifest.json").extension('L', "index.json").file("b", "{}").finish()),
    };
}

/// One change at a random place: a byte replaced, removed, doubled, or a piece of another seed put in.
std::string mutated(std::string text, const std::vector<std::string>& all, std::mt19937& random) {
    const auto at = 1 + random() % text.size();
    if (at >= text.size()) return text + static_cast<char>(random() % 256);
    switch (random() % 5) {
        case 0: text[at] = static_cast<char>(random() % 256); break;
        case 1: text.erase(at, 1 + random() % 16); break;
        case 2: text.insert(at, text.substr(at, random() % 32)); break;
        case 3: text.resize(at); break;
        default: text.insert(at, all[random() % all.size()].substr(0, 64));
    }
    return text;
}

}  // namespace

TEST_CASE("fuzz: image documents and their mutations crash nothing and get nothing past the checks") {
    const auto all = seeds();
    std::mt19937 random{20260101};
    std::size_t runs = 0;
    for (const auto& seed : all) {
        fuzz_image_documents(seed);
        for (int i = 0; i < 200; ++i, ++runs) {
            auto text = seed;
            for (auto steps = 1 + random() % 4; steps > 0; --steps) text = mutated(text, all, random);
            fuzz_image_documents(text);
        }
    }
    CHECK(runs == all.size() * 200);
}
