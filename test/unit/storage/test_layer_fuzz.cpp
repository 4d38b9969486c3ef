/// The fuzzer in every run: with the hostile layers and mutations of them whose check sums fit, so that they get past
/// the first field. Seeds for a real fuzzer: SKIFF_FUZZ_CORPUS=DIR unit-tests --no-skip --test-case="helper: write the corpus*".

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "layer_corpus.h"
#include "scratch.h"
#include "tar_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

using namespace skiff;
using namespace skiff::test;

namespace {

void feed(const std::string& bytes) {
    CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
}

std::string mutate(std::string bytes, std::mt19937& random) {
    const auto below = [&](std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random); };
    const auto changes = 1 + below(4);
    for (std::size_t i = 0; i < changes; ++i) bytes[below(bytes.size())] = static_cast<char>(below(256));
    if (below(4) == 0) bytes.resize(below(bytes.size()) + 1);
    for (std::size_t block = 0; block + 512 <= bytes.size(); block += 512) {
        if (bytes.compare(block + 257, 5, "ustar") != 0) continue;
        auto header = bytes.substr(block, 512);
        TarBuilder::seal(header);
        bytes.replace(block, 512, header);
    }
    return bytes;
}

}  // namespace

TEST_CASE("the layer reader keeps its promises for the corpus and its mutations") {
    std::mt19937 random{20261122};
    for (const auto& item : layer_corpus()) {
        CAPTURE(item.name);
        feed(item.tar);
        if (item.tar.empty() || item.tar.size() > (64U << 10)) continue;
        for (int i = 0; i < 30; ++i) feed(mutate(item.tar, random));
    }
}

TEST_CASE("unpacking mutated layers changes nothing beside the target" * doctest::skip(not_root())) {
    std::mt19937 random{22112026};
    const Scratch scratch;
    for (const auto& item : layer_corpus()) {
        CAPTURE(item.name);
        if (item.tar.empty() || item.tar.size() > (16U << 10)) continue;
        // All into one tree: what one layer leaves is in the way of the next.
        for (int i = 0; i < 5; ++i) {
            const auto outcome = scratch.failure(mutate(item.tar, random), {.limits = {.apparent_bytes = 64U << 20}});
            CAPTURE(outcome);
            CHECK(scratch.exists("."));
        }
    }
    CHECK(scratch.canaries_unchanged());
}

TEST_CASE("helper: write the corpus for a fuzzer" * doctest::skip()) {
    const char* directory = std::getenv("SKIFF_FUZZ_CORPUS");
    REQUIRE(directory != nullptr);
    int number = 0;
    for (const auto& item : layer_corpus()) {
        std::ofstream(fs::path{directory} / std::to_string(number++), std::ios::binary) << item.tar;
    }
    CHECK(number > 60);
}
